import Store

extension Schema {
  /// What an erasure needs to find everything of a person, and to keep it from coming back.
  static let erasure = Migration(
    "what an erasure finds and remembers",
    sql: """
      -- media whose message an earlier version deleted without them: nothing else leads to them
      INSERT INTO media_dropped_files (sha256)
      SELECT DISTINCT sha256 FROM media
      WHERE message_id IS NOT NULL AND sha256 IS NOT NULL AND message_id NOT IN (SELECT id FROM messages)
      ON CONFLICT DO NOTHING;
      DELETE FROM media WHERE message_id IS NOT NULL AND message_id NOT IN (SELECT id FROM messages);

      -- the broadcasts that a person waits in, however many the account has
      CREATE INDEX broadcast_recipients_by_person ON broadcast_recipients (account_id, recipient)
        WHERE state <> 'fed';

      -- one that failed, or waits for a send, lets the others go first until then
      ALTER TABLE contact_erasures ADD COLUMN retry_at INTEGER NOT NULL DEFAULT 0;

      -- the ids of contacts that were one person's with the one that was erased
      CREATE TABLE erased_contacts (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        -- contact_erasures.contact_id
        erasure TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX erased_contacts_by_erasure ON erased_contacts (erasure);

      -- numbers that a contact had: what was set aside may name them
      CREATE TABLE contact_former_numbers (
        contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
        phone_number TEXT NOT NULL,
        PRIMARY KEY (contact_id, phone_number)
      ) STRICT, WITHOUT ROWID;

      -- messages that were erased: Meta may still deliver them again
      CREATE TABLE forgotten_messages (
        sender_id TEXT NOT NULL,
        -- of Meta's id, which has the person's number in it
        hash BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (sender_id, hash)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX forgotten_messages_by_age ON forgotten_messages (at);
      """)
}
