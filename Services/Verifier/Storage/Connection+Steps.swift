import Contracts
import JSON
import Store

extension Connection {
  /// Verifications of an account, newest first.
  func verifications(
    account: String, sender: SenderID?, state: Verification.State?, before: String?, limit: Int
  ) throws -> [VerificationRow] {
    try all(
      """
      SELECT \(VerificationRow.columns) FROM verifications
      WHERE account_id = ?1 AND (?2 IS NULL OR sender_id = ?2) AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR id < ?4)
      ORDER BY id DESC
      LIMIT ?5
      """, account, sender?.text, state?.rawValue, before, limit, map: VerificationRow.init)
  }

  /// A verification as people see it, with the journal's word on its number.
  func view(_ row: VerificationRow) throws -> Verification {
    guard row.answeredBy == .machine, let route = try interception(of: row.id) else { return row.view() }
    let state: VerificationInterception.State =
      switch route.state {
      case .ordered, .journalled: .switching
      case .armed: .armed
      case .restoring: .restoring
      case .restored: .restored
      case .leftAlone: .leftAlone
      case .failed: .failed
      }
    let end = route.endedAt ?? route.deadlineAt ?? row.updatedAt
    return row.view(VerificationInterception(state: state, endsAt: Timestamp(milliseconds: end)))
  }

  /// Steps of a verification after one, oldest first.
  func steps(of id: VerificationID, after: Int64, limit: Int) throws -> [(sequence: Int64, row: VerificationChange)] {
    try all(
      """
      SELECT sequence, id, event, from_state, to_state, reason, at FROM verification_events
      WHERE verification_id = ? AND sequence > ?
      ORDER BY sequence
      LIMIT ?
      """, id.text, after, limit
    ) { row in
      let change = VerificationChange(
        id: EventID(trusted: try row.text(1)), verificationID: id, event: try row.text(2),
        from: Verification.State(rawValue: try row.text(3)) ?? .failed,
        to: Verification.State(rawValue: try row.text(4)) ?? .failed,
        reason: try row.optionalText(5).map { try JSONCoder.decode(SenderReason.self, from: $0) },
        at: Timestamp(milliseconds: try row.int64(6)))
      return (try row.int64(0), change)
    }
  }

  /// The newest step of all verifications.
  func lastStep() throws -> Int64 {
    try first("SELECT max(sequence) FROM verification_events") { try $0.optionalInt64(0) ?? 0 } ?? 0
  }
}
