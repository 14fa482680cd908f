import Contracts
import JSON
import Store

/// Assistants in SQL.
enum AssistantRow {
  /// About how many bytes of assistants a page holds: a frame holds a mebibyte.
  static let pageBytes = 384 << 10

  private static let columns = """
    id, name, kind, instructions, model, temperature, pairs, fallback, created_at, updated_at, version
    """

  static func insert(_ assistant: Assistant, account: String, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO assistants (id, account_id, name, kind, instructions, model, temperature, pairs, fallback,
        created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, assistant.id.text, account, assistant.name, assistant.kind.rawValue, assistant.instructions,
      assistant.model, assistant.temperature, try JSONCoder.encode(assistant.pairs), assistant.fallback,
      assistant.createdAt.milliseconds, assistant.updatedAt.milliseconds)
  }

  static func find(id: AssistantID, account: String, _ connection: Connection) throws -> Assistant? {
    try connection.first(
      "SELECT \(columns) FROM assistants WHERE id = ? AND account_id = ?", id.text, account, map: assistant)
  }

  /// The assistant that an idempotency key made in an earlier version, with the hash of what was asked then.
  static func find(earlierKey key: String, account: String, after: Int64, _ connection: Connection) throws
    -> (assistant: Assistant, hash: [UInt8])?
  {
    guard
      let (id, hash) = try connection.first(
        "SELECT id, body_hash FROM assistants WHERE account_id = ? AND idempotency_key = ? AND created_at > ?", account,
        key, after, map: { (AssistantID(trusted: try $0.text(0)), try $0.blob(1)) }),
      let assistant = try find(id: id, account: account, connection)
    else { return nil }
    return (assistant, hash)
  }

  /// Stores what was changed.
  static func update(_ assistant: Assistant, _ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE assistants
      SET name = ?, instructions = ?, model = ?, temperature = ?, pairs = ?, fallback = ?, version = ?, updated_at = ?
      WHERE id = ?
      """, assistant.name, assistant.instructions, assistant.model, assistant.temperature,
      try JSONCoder.encode(assistant.pairs), assistant.fallback, assistant.version, assistant.updatedAt.milliseconds,
      assistant.id.text)
  }

  static func delete(_ id: AssistantID, _ connection: Connection) throws {
    try connection.execute("DELETE FROM assistants WHERE id = ?", id.text)
  }

  /// A page, newest first; it ends early when it grows beyond what a frame holds.
  static func page(account: String, before: String?, limit: Int, _ connection: Connection) throws -> Page<Assistant> {
    let sizes = try connection.all(
      """
      SELECT id, length(pairs) + coalesce(length(CAST(instructions AS BLOB)), 0)
        + coalesce(length(CAST(fallback AS BLOB)), 0)
      FROM assistants WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?
      """, account, before ?? "~", limit + 1
    ) { (id: AssistantID(trusted: try $0.text(0)), bytes: try $0.int(1)) }
    var data: [Assistant] = []
    var bytes = 0
    for (id, size) in sizes.prefix(limit) {
      bytes += size
      if !data.isEmpty, bytes > pageBytes { break }
      if let found = try find(id: id, account: account, connection) { data.append(found) }
    }
    let isLast = data.count == sizes.count
    return Page(data: data, nextCursor: isLast ? nil : data.last.map { PageRequest.cursor($0.id.text) })
  }

  private static func assistant(_ row: Row) throws -> Assistant {
    Assistant(
      id: AssistantID(trusted: try row.text(0)), name: try row.text(1),
      kind: Assistant.Kind(rawValue: try row.text(2)) ?? .model, instructions: try row.optionalText(3),
      model: try row.optionalText(4), temperature: row.isNull(5) ? nil : try row.real(5),
      pairs: try JSONCoder.decode([Assistant.Pair].self, from: try row.blob(6)), fallback: try row.optionalText(7),
      version: try row.int64(10), createdAt: Timestamp(milliseconds: try row.int64(8)),
      updatedAt: Timestamp(milliseconds: try row.int64(9)))
  }
}
