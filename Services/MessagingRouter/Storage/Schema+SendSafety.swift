import Store

extension Schema {
  /// What keeps a send from being made twice, given up too soon, or taken for made.
  static let sendSafety = Migration(
    "sends: keys, tries that count, files first",
    sql: """
      -- Idempotency-Keys of sends, for a day; the message is the answer
      CREATE TABLE message_keys (
        sequence INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        -- the call and what its caller named, parted by a colon
        key TEXT NOT NULL,
        -- SHA-256 of the call's JSON
        body_hash BLOB NOT NULL,
        message_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (account_id, key)
      ) STRICT;
      -- sends that Meta refused with a passing error; what only put the message off does not count
      ALTER TABLE messages ADD COLUMN send_refusals INTEGER NOT NULL DEFAULT 0;
      -- 1 while its files are given to Meta: it has not left yet, though it is `sending`
      ALTER TABLE messages ADD COLUMN is_uploading INTEGER NOT NULL DEFAULT 0;
      \(OutboundSchedule.refilled)
      """)
}
