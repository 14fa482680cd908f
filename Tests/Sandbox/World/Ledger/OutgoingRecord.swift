package import JSON

/// One message of a business as it arrived at Graph, and what became of it.
package struct OutgoingRecord: Sendable {
  /// What the sandbox did with it.
  package enum Outcome: Sendable, Equatable {
    /// Read, not decided; stays so when a fault swallowed it before it was accepted.
    case arrived
    case accepted
    case refused(code: Int)
  }

  /// A status webhook made for it.
  package struct Status: Sendable {
    package let name: String
    package let at: Int64
    /// A webhook that carried it was answered 200.
    package internal(set) var isAcknowledged = false
  }

  package let at: Int64
  package let phoneNumberID: String
  /// E.164 digits, or a business-scoped user id; empty when the request named nobody.
  package let recipient: String
  package let type: String
  /// Body of a text, name of a template.
  package let text: String
  package let callbackData: String?
  /// The member named like the type; nil for plain texts.
  package let content: JSONValue?
  package internal(set) var wamid: String?
  package internal(set) var outcome = Outcome.arrived
  /// Done, but the caller was not told.
  package internal(set) var isAnswerLost = false
  package internal(set) var statuses: [Status] = []

  init(
    at: Int64, phoneNumberID: String, recipient: String, type: String, text: String, callbackData: String?,
    content: JSONValue? = nil
  ) {
    self.at = at
    self.phoneNumberID = phoneNumberID
    self.recipient = recipient
    self.type = type
    self.text = text
    self.callbackData = callbackData
    self.content = content
  }
}
