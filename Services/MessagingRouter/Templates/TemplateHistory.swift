import Contracts
import Crypto
import Store

/// What happened to templates. Every change is recorded here and nowhere else.
enum TemplateHistory {
  /// A change, or a word about what was known already.
  struct Entry {
    var kind: TemplateEvent.Kind
    var before: String?
    var after: String?
    var reason: String?
    var details: String?
    var source: TemplateEvent.Source
    var isChange = true
  }

  /// Whether a webhook's word about a template was taken already.
  static func knows(_ id: EventID, of template: TemplateID, _ connection: Connection) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM template_events WHERE id = ? AND template_id = ?", id.text, template.text, map: { _ in true })
      ?? false
  }

  /// Records an entry; `id` is that of the webhook, made anew for everything else. Changes are told to automation, in
  /// the same transaction.
  static func record(
    _ entry: Entry, of row: TemplateRow, id: EventID? = nil, at now: Int64, _ connection: Connection
  ) throws {
    let id = id?.text ?? "evt_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO template_events (id, template_id, account_id, kind, before, after, reason, details, source,
        is_change, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id, template_id) DO NOTHING
      """, id, row.template.id.text, row.account, entry.kind.rawValue, entry.before, entry.after, entry.reason,
      entry.details, entry.source.rawValue, entry.isChange ? 1 : 0, now)
    guard entry.isChange, connection.changes == 1 else { return }
    try AutomationOutbox.templateChanged(
      row.template.id, name: row.template.name, language: row.template.language,
      category: row.template.category.rawValue,
      status: row.template.status.rawValue, change: entry.kind.rawValue, before: entry.before, after: entry.after,
      reason: entry.reason, details: entry.details, account: AccountID(trusted: row.account), at: now, connection)
  }

  /// Changes of a template, newest first, with their places.
  static func list(
    _ template: TemplateID, account: String, before: Int64, limit: Int, _ connection: Connection
  ) throws -> [(sequence: Int64, event: TemplateEvent)] {
    try connection.all(
      """
      SELECT sequence, id, kind, before, after, reason, details, source, at FROM template_events
      WHERE template_id = ? AND account_id = ? AND sequence < ? AND is_change = 1
      ORDER BY sequence DESC
      LIMIT ?
      """, template.text, account, before, limit
    ) { row in
      (
        try row.int64(0),
        TemplateEvent(
          id: EventID(trusted: try row.text(1)), templateID: template,
          kind: TemplateEvent.Kind(rawValue: try row.text(2)) ?? .status, before: try row.optionalText(3),
          after: try row.optionalText(4), reason: try row.optionalText(5), details: try row.optionalText(6),
          source: TemplateEvent.Source(rawValue: try row.text(7)) ?? .sync,
          at: Timestamp(milliseconds: try row.int64(8)))
      )
    }
  }

  /// When an approved template was edited by calls of the account, since a moment; newest first.
  static func edits(of template: TemplateID, since: Int64, _ connection: Connection) throws -> [Int64] {
    try connection.all(
      """
      SELECT at FROM template_events
      WHERE template_id = ? AND kind = 'edited' AND before = 'approved' AND at > ?
      ORDER BY at DESC
      LIMIT 100
      """, template.text, since
    ) { try $0.int64(0) }
  }
}
