import Store

extension Schema {
  /// Messages that their writers changed or removed.
  static let revisions = Migration(
    "edits and removals",
    sql: """
      -- Meta's time of the last change, and of the removal
      ALTER TABLE messages ADD COLUMN edited_at INTEGER;
      ALTER TABLE messages ADD COLUMN revoked_at INTEGER;
      -- JSON of [MessageVersion]: what it said before, oldest first, a bounded number
      ALTER TABLE messages ADD COLUMN earlier_versions BLOB;
      -- of an edit or a removal: our id of the message it is about; before that has come, Meta's
      ALTER TABLE messages ADD COLUMN revises TEXT;
      ALTER TABLE messages ADD COLUMN awaits_meta_id TEXT;
      CREATE INDEX messages_by_revised ON messages (revises) WHERE revises IS NOT NULL;
      -- nearly always empty: every message that comes looks into it
      CREATE INDEX messages_awaiting ON messages (sender_id, awaits_meta_id) WHERE awaits_meta_id IS NOT NULL;
      """)
}
