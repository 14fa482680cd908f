/// One line of a sender's history: what happened, and the state it led to.
package struct SenderChange: Codable, Sendable, Equatable {
  /// What happened, for example `number_read`, `disabled`, `token_refused`; new ones may come.
  package var event: String
  /// Absent for the first line.
  package var from: SenderStatus?
  package var to: SenderStatus
  package var reasons: [SenderReason]
  package var at: Timestamp

  package init(event: String, from: SenderStatus?, to: SenderStatus, reasons: [SenderReason], at: Timestamp) {
    self.event = event
    self.from = from
    self.to = to
    self.reasons = reasons
    self.at = at
  }
}
