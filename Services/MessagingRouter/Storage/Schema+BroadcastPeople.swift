import Store

extension Schema {
  /// Whether somebody has a broadcast already, by whatever name the list has them.
  static let broadcastPeople = Migration(
    "who has a broadcast already",
    sql: """
      CREATE INDEX messages_by_broadcast_person ON messages (conversation_id, broadcast_id)
        WHERE broadcast_id IS NOT NULL;
      """)
}
