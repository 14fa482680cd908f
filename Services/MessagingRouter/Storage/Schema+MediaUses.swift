import Store

extension Schema {
  /// Whom uploads went to, and copies that Meta is to remove.
  static let mediaUses = Migration(
    "uses of uploads, copies to be removed at Meta",
    sql: """
      CREATE TABLE media_uses (
        media_id TEXT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
        -- empty: a broadcast, which is nobody's alone
        conversation_id TEXT NOT NULL,
        PRIMARY KEY (media_id, conversation_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX media_uses_by_conversation ON media_uses (conversation_id) WHERE conversation_id <> '';
      CREATE TABLE media_removals (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        phone_number_id TEXT NOT NULL,
        meta_media_id TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        -- when Meta drops it by itself
        ends_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX media_removals_due ON media_removals (due_at);
      """)
}
