import Contracts
import Store

/// Which events of an account a list shows.
struct EventFilter: Sendable {
  var sender: SenderID?
  var kind: String?
  /// This one and those above it.
  var severity: AccountEvent.Severity?
}

extension Connection {
  private static let eventColumns = "sequence, id, kind, severity, sender_id, message, before, after, at"

  /// Events of an account, newest first, with their places.
  func events(
    account: AccountID, _ filter: EventFilter, before: Int64, limit: Int
  ) throws -> [(sequence: Int64, event: AccountEvent)] {
    var clauses = ["account_id = ?", "sequence < ?"]
    var values: [any SQLConvertible] = [account.text, before]
    if let sender = filter.sender {
      clauses.append("sender_id = ?")
      values.append(sender.text)
    }
    if let kind = filter.kind {
      clauses.append("kind = ?")
      values.append(kind)
    }
    switch filter.severity {
    case nil, .info: break
    case .warning: clauses.append("severity IN ('warning', 'critical')")
    case .critical: clauses.append("severity = 'critical'")
    }
    values.append(limit)
    return try all(
      """
      SELECT \(Self.eventColumns) FROM account_events
      WHERE \(clauses.joined(separator: " AND "))
      ORDER BY sequence DESC
      LIMIT ?
      """, values: values, map: Self.event)
  }

  /// Events of an account after a place, oldest first.
  func events(account: AccountID, after: Int64, limit: Int) throws -> [(sequence: Int64, event: AccountEvent)] {
    try all(
      """
      SELECT \(Self.eventColumns) FROM account_events
      WHERE account_id = ? AND sequence > ?
      ORDER BY sequence
      LIMIT ?
      """, account.text, after, limit, map: Self.event)
  }

  func lastEventSequence() throws -> Int64 {
    try first("SELECT max(sequence) FROM account_events") { try $0.optionalInt64(0) ?? 0 } ?? 0
  }

  /// Forgets what is older than `cutoff`, at most `limit` rows of each kind; how many went. The newest event stays,
  /// or its place would be given to another.
  func prune(before cutoff: Int64, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM account_events WHERE sequence IN (
        SELECT sequence FROM account_events
        WHERE at < ? AND sequence < (SELECT max(sequence) FROM account_events)
        ORDER BY at LIMIT ?)
      """, cutoff, limit)
    let events = changes
    try execute(
      "DELETE FROM meta_events WHERE sequence IN (SELECT sequence FROM meta_events WHERE at < ? ORDER BY at LIMIT ?)",
      cutoff, limit)
    return events + changes
  }

  private static func event(_ row: Row) throws -> (Int64, AccountEvent) {
    (
      try row.int64(0),
      AccountEvent(
        id: EventID(trusted: try row.text(1)), kind: try row.text(2),
        severity: AccountEvent.Severity(rawValue: try row.text(3)) ?? .info,
        senderID: try row.optionalText(4).map { SenderID(trusted: $0) }, message: try row.text(5),
        before: try row.optionalText(6), after: try row.optionalText(7),
        at: Timestamp(milliseconds: try row.int64(8)))
    )
  }
}
