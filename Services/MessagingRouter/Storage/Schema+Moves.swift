import Store

extension Schema {
  /// Long conversations on their way into the one they were merged into.
  static let moves = Migration(
    "conversations that are being moved",
    sql: """
      CREATE TABLE conversation_moves (
        conversation_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        into_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX conversation_moves_by_target ON conversation_moves (into_id);
      """)
}
