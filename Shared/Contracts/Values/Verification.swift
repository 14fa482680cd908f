/// One attempt to prove to Meta that a number is the business's, by a code.
package struct Verification: Codable, Sendable, Equatable {
  package enum Method: String, Codable, Sendable, CaseIterable {
    case sms
    case voice
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    /// Accepted, Meta not asked yet.
    case requested
    /// Meta has sent the code.
    case codeRequested = "code_requested"
    /// The code is on its way to Meta.
    case submitted
    case verified
    case failed
    case expired
  }

  package var id: VerificationID
  package var senderID: SenderID
  package var method: Method
  package var language: String
  package var state: State
  /// Why it failed, or what Meta answered; with a next step where there is one.
  package var reason: SenderReason?
  /// The earliest moment a new code may be asked for.
  package var retryAt: Timestamp?
  /// What could not be checked beforehand.
  package var note: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: VerificationID, senderID: SenderID, method: Method, language: String, state: State, reason: SenderReason? = nil,
    retryAt: Timestamp? = nil, note: String? = nil, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.method = method
    self.language = language
    self.state = state
    self.reason = reason
    self.retryAt = retryAt
    self.note = note
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
