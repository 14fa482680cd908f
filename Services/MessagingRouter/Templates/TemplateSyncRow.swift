import Contracts
import JSON
import Store

/// A WhatsApp Business Account of an account, whose templates are read.
struct TemplateScope: Sendable, Hashable {
  var account: String
  var waba: String
}

/// When an account's list is read again.
enum TemplateSyncRow {
  /// A settled answer of Meta is not yet in its list: what an effect or a webhook has told is looked at after this.
  static let settle: Int64 = 60_000

  static func isSynced(account: String, waba: String, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM template_syncs WHERE account_id = ? AND waba_id = ? AND synced_at IS NOT NULL", account, waba,
      map: { _ in true }) ?? false
  }

  /// Every WABA with a sender that is online gets its row once; new ones are due at once.
  static func adopt(at now: Int64, _ connection: Connection) throws -> Int {
    try connection.execute(
      """
      INSERT INTO template_syncs (account_id, waba_id, due_at)
      SELECT DISTINCT account_id, waba_id, ?1 FROM replica_senders
      WHERE waba_id IS NOT NULL AND access_token IS NOT NULL AND status = 'online'
      ON CONFLICT DO NOTHING
      """, now)
    return connection.changes
  }

  /// Makes a reading due no later than `moment`.
  static func hurry(_ scope: TemplateScope, by moment: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO template_syncs (account_id, waba_id, due_at) VALUES (?1, ?2, ?3)
      ON CONFLICT DO UPDATE SET due_at = min(due_at, ?3)
      """, scope.account, scope.waba, moment)
  }

  private static let hasSender = """
    EXISTS (SELECT 1 FROM replica_senders r
      WHERE r.waba_id = s.waba_id AND r.account_id = s.account_id AND r.status = 'online' AND r.access_token IS NOT NULL)
    """

  static func due(at now: Int64, limit: Int, _ connection: Connection) throws -> [TemplateScope] {
    try connection.all(
      """
      SELECT account_id, waba_id FROM template_syncs s
      WHERE due_at <= ? AND \(hasSender) ORDER BY due_at LIMIT ?
      """, now, limit
    ) { TemplateScope(account: try $0.text(0), waba: try $0.text(1)) }
  }

  static func isDue(_ scope: TemplateScope, at now: Int64, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT due_at <= ? FROM template_syncs WHERE account_id = ? AND waba_id = ?", now, scope.account, scope.waba
    ) { try $0.bool(0) } ?? false
  }

  static func nextDue(after now: Int64, _ connection: Connection) throws -> Int64? {
    try connection.first(
      "SELECT due_at FROM template_syncs s WHERE due_at > ? AND \(hasSender) ORDER BY due_at LIMIT 1", now
    ) { try $0.int64(0) }
  }

  static func finished(
    _ report: TemplateSyncReport, _ scope: TemplateScope, dueAt: Int64, _ connection: Connection
  ) throws {
    try connection.execute(
      """
      INSERT INTO template_syncs (account_id, waba_id, due_at, synced_at, report) VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT DO UPDATE SET due_at = ?3, failures = 0, error = NULL, synced_at = ?4, report = ?5
      """, scope.account, scope.waba, dueAt, report.syncedAt.milliseconds, try JSONCoder.encode(report))
  }

  static func failed(_ scope: TemplateScope, why: String, dueAt: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE template_syncs SET due_at = ?, failures = failures + 1, error = ? WHERE account_id = ? AND waba_id = ?
      """, dueAt, String(why.prefix(500)), scope.account, scope.waba)
  }

  static func failures(_ scope: TemplateScope, _ connection: Connection) throws -> Int {
    try connection.first(
      "SELECT failures FROM template_syncs WHERE account_id = ? AND waba_id = ?", scope.account, scope.waba
    ) { try $0.int(0) } ?? 0
  }

  static func report(_ scope: TemplateScope, _ connection: Connection) throws -> TemplateSyncReport? {
    let bytes = try connection.first(
      "SELECT report FROM template_syncs WHERE account_id = ? AND waba_id = ?", scope.account, scope.waba
    ) { try $0.optionalBlob(0) }
    guard let bytes = bytes ?? nil else { return nil }
    return try JSONCoder.decode(TemplateSyncReport.self, from: bytes)
  }
}
