import Contracts

/// Whether somebody can be in a broadcast: a number, a name, and what the template needs.
struct RecipientCheck: Sendable {
  struct Refusal: Error, Sendable, Equatable {
    /// Stable `UPPER_SNAKE`.
    var code: String
    var message: String

    init(_ code: String, _ message: String) {
      self.code = code
      self.message = message
    }

    func error(line: Int) -> BroadcastLineError { BroadcastLineError(line: line, code: code, message: message) }
  }

  private let content: BroadcastContent
  let required: [String]
  var names: [String] { content.names }

  static let longestName = 255
  static let longestValue = 2_000

  init(_ content: BroadcastContent) {
    self.content = content
    required = content.required
  }

  func recipient(
    line: Int, to: String?, contact: ContactID? = nil, name: String?, variables: [String: String]
  ) throws(Refusal) -> NewRecipient {
    let recipient: String
    switch (to, contact) {
    case (let to?, nil):
      do throws(ValueFailure) {
        recipient = try PhoneNumber(parsing: to).dialable().text
      } catch {
        throw .init("PHONE_INVALID", error.message)
      }
    case (nil, let contact?): recipient = contact.text
    default: throw .init("RECIPIENT_INVALID", "to or contact_id, not both")
    }
    let name = name.flatMap { $0.isEmpty ? nil : $0 }
    if let name, name.unicodeScalars.count > Self.longestName {
      throw .init("NAME_TOO_LONG", "a name has \(Self.longestName) characters at most")
    }
    let own = variables.filter { !$0.value.isEmpty }
    for (name, value) in own where value.utf8.count > Self.longestValue {
      throw .init("VARIABLE_INVALID", "\(name) has \(Self.longestValue) bytes at most")
    }
    if let problem = content.message(own).problems.first { throw .init(problem.reason, problem.message) }
    return NewRecipient(line: line, recipient: recipient, name: name, variables: own)
  }
}
