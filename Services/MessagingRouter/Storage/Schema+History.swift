import Store

extension Schema {
  /// What was said before a number came here; see `HistoryPlace`.
  static let remembered = Migration(
    "history of the business's app",
    sql: """
      CREATE INDEX messages_remembered_raw ON messages (created_at) WHERE sequence < 0 AND raw IS NOT NULL;
      """)
}
