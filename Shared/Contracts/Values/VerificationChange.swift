/// One step of a verification.
package struct VerificationChange: Codable, Sendable, Equatable {
  package var id: EventID
  package var verificationID: VerificationID
  /// What happened, for example `call_answered`; new ones may come.
  package var event: String
  package var from: Verification.State
  package var to: Verification.State
  package var reason: SenderReason?
  package var at: Timestamp

  package init(
    id: EventID, verificationID: VerificationID, event: String, from: Verification.State, to: Verification.State,
    reason: SenderReason? = nil, at: Timestamp
  ) {
    self.id = id
    self.verificationID = verificationID
    self.event = event
    self.from = from
    self.to = to
    self.reason = reason
    self.at = at
  }
}
