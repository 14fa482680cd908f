import Contracts
import JSON
import Store

/// The audit log in SQL.
enum AuditRow {
  /// A change that is about to be made.
  struct Beginning: Sendable {
    let id: AuditID
    let account: String
    let actor: String
    let method: String
    let targets: [String]
    let request: String?
    let before: String?
    let requestID: String?
    let at: Int64
  }

  /// What came of it.
  struct End: Sendable {
    let status: Int
    let code: String?
    let target: String?
    let after: String?
    let at: Int64
  }

  /// Which entries a list shows.
  struct Filter: Sendable {
    var actor: String?
    var method: String?
    var target: String?
    var from: Int64?
    var to: Int64?
  }

  /// Old entries that one write deletes at most.
  static let deletedPerWrite = 32
  /// Targets that one entry names at most: the ids of its path, and what it made.
  static let targets = 8

  /// Writes that a change begins; the number to complete it by. Forgets a few entries older than `oldest`.
  static func begin(_ entry: Beginning, oldest: Int64?, _ connection: Connection) throws -> Int64 {
    if let oldest {
      try connection.execute(
        """
        DELETE FROM audit_log WHERE sequence IN (SELECT sequence FROM audit_log WHERE at < ? ORDER BY at LIMIT ?)
        """, oldest, deletedPerWrite)
    }
    try connection.execute(
      """
      INSERT INTO audit_log (id, account_id, actor, method, request, before, request_id, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, entry.id.text, entry.account, entry.actor, entry.method, entry.request, entry.before, entry.requestID,
      entry.at)
    let sequence = connection.lastInsertRowID
    for target in entry.targets.prefix(targets) { try add(target, entry.account, sequence, connection) }
    return sequence
  }

  static func end(_ sequence: Int64, account: String, _ end: End, _ connection: Connection) throws {
    try connection.execute(
      "UPDATE audit_log SET status = ?, code = ?, after = ?, ended_at = ? WHERE sequence = ?", end.status, end.code,
      end.after, end.at, sequence)
    if let target = end.target { try add(target, account, sequence, connection) }
  }

  private static func add(_ target: String, _ account: String, _ sequence: Int64, _ connection: Connection) throws {
    try connection.execute(
      "INSERT INTO audit_targets (account_id, target, sequence) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", account,
      target, sequence)
  }

  /// About how many bytes of values a page holds.
  static let pageBytes = 512 << 10

  /// A page, newest first, after the entry `before`; it ends early when it grows large.
  static func page(
    account: AccountID, _ filter: Filter, before: AuditID?, limit: Int, _ connection: Connection
  ) throws -> Page<AuditEntry> {
    // Only the conditions that are asked for, so that each has its index.
    var conditions = ["account_id = ?"]
    var values: [any SQLConvertible] = [account.text]
    func also(_ condition: String, _ value: (any SQLConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      values.append(value)
    }
    also("actor = ?", filter.actor)
    also("method = ?", filter.method)
    if let target = filter.target {
      also("sequence IN (SELECT sequence FROM audit_targets WHERE account_id = ?", account.text)
      also("target = ?)", target)
    }
    also("at >= ?", filter.from)
    also("at < ?", filter.to)
    also("sequence < (SELECT sequence FROM audit_log WHERE id = ?)", before?.text)
    let found = try connection.all(
      """
      SELECT sequence, coalesce(length(request), 0) + coalesce(length(before), 0) + coalesce(length(after), 0)
      FROM audit_log
      WHERE \(conditions.joined(separator: " AND "))
      ORDER BY sequence DESC
      LIMIT \(limit + 1)
      """, values: values
    ) { (sequence: try $0.int64(0), bytes: try $0.int(1)) }
    var data: [AuditEntry] = []
    var bytes = 0
    for row in found.prefix(limit) {
      bytes += row.bytes
      if !data.isEmpty, bytes > pageBytes { break }
      if let entry = try find(row.sequence, connection) { data.append(entry) }
    }
    let isLast = data.count == found.count
    return Page(data: data, nextCursor: isLast ? nil : data.last.map { PageRequest.cursor($0.id.text) })
  }

  private static func find(_ sequence: Int64, _ connection: Connection) throws -> AuditEntry? {
    var entry = try connection.first(
      """
      SELECT sequence, id, actor, method, request, before, after, status, code, request_id, at, ended_at
      FROM audit_log WHERE sequence = ?
      """, sequence, map: entry)
    entry?.targets = try connection.all("SELECT target FROM audit_targets WHERE sequence = ?", sequence) {
      try $0.text(0)
    }
    return entry
  }

  private static func entry(_ row: Row) throws -> AuditEntry {
    let status = try row.optionalInt(7)
    return AuditEntry(
      id: AuditID(trusted: try row.text(1)), actor: try row.text(2), method: try row.text(3), targets: [],
      request: try json(row, 4), before: try json(row, 5), after: try json(row, 6), outcome: outcome(status),
      status: status, code: try row.optionalText(8), requestID: try row.optionalText(9),
      at: Timestamp(milliseconds: try row.int64(10)),
      endedAt: try row.optionalInt64(11).map { Timestamp(milliseconds: $0) })
  }

  private static func json(_ row: Row, _ column: Int) throws -> JSONValue? {
    try row.optionalText(column).map { try JSONValue(parsing: Array($0.utf8)) }
  }

  private static func outcome(_ status: Int?) -> AuditEntry.Outcome {
    switch status {
    case nil: .unknown
    case .some(..<400): .done
    // Called off half-way: whether it was done is not known.
    case 499: .failed
    case .some(..<500): .refused
    case .some: .failed
    }
  }
}
