import Contracts
import Store

/// Assistants in SQL.
enum AssistantRow {
  private static let columns = "id, name, instructions, model, temperature, created_at, updated_at"

  static func insert(_ assistant: Assistant, account: String, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO assistants (id, account_id, name, instructions, model, temperature, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, assistant.id.text, account, assistant.name, assistant.instructions, assistant.model, assistant.temperature,
      assistant.createdAt.milliseconds, assistant.updatedAt.milliseconds)
  }

  static func find(id: AssistantID, account: String, _ connection: Connection) throws -> Assistant? {
    try connection.first(
      "SELECT \(columns) FROM assistants WHERE id = ? AND account_id = ?", id.text, account, map: assistant)
  }

  /// A page, newest first.
  static func list(account: String, before: String?, limit: Int, _ connection: Connection) throws -> [Assistant] {
    try connection.all(
      "SELECT \(columns) FROM assistants WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?", account,
      before ?? "~", limit, map: assistant)
  }

  private static func assistant(_ row: Row) throws -> Assistant {
    Assistant(
      id: AssistantID(trusted: try row.text(0)), name: try row.text(1), instructions: try row.text(2),
      model: try row.text(3), temperature: try row.real(4), createdAt: Timestamp(milliseconds: try row.int64(5)),
      updatedAt: Timestamp(milliseconds: try row.int64(6)))
  }
}
