package import JSON

/// A phone: a customer's with WhatsApp on it, or the owner's that gets the verification code.
package struct Phone: Sendable {
  /// Entries kept of each kind, the newest.
  package static let kept = 1_000

  /// A message the phone received from a business.
  package struct Message: Sendable {
    package let id: String
    package let from: PhoneDigits
    package let type: String
    package let text: String
    /// The member named like the type; nil for plain texts.
    package let content: JSONValue?
    package let callbackData: String?
    package let at: Int64
  }

  /// An SMS, or what a caller said.
  package struct Note: Sendable {
    package let text: String
    package let at: Int64
  }

  package var name: String
  /// False: messages to it end in 131026.
  package var isOnWhatsApp = true
  /// False: `read` never comes.
  package var sendsReadReceipts = true
  /// True: webhooks name the customer by user id only, as for people with a username.
  package var hidesNumber = false
  package internal(set) var inbox: [Message] = []
  package internal(set) var sms: [Note] = []
  package internal(set) var calls: [Note] = []

  mutating func receive(_ message: Message) {
    if inbox.count >= Self.kept { inbox.removeFirst(Self.kept / 10) }
    inbox.append(message)
  }

  static func append(_ note: Note, to notes: inout [Note]) {
    if notes.count >= kept { notes.removeFirst(kept / 10) }
    notes.append(note)
  }
}
