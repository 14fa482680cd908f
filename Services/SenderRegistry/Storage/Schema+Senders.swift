import Store

extension Schema {
  /// Where a number comes from, what Meta thinks of it, and what a person switched.
  static let senderState = Migration(
    "senders: origin, switch, name review, warnings, version",
    sql: """
      ALTER TABLE senders ADD COLUMN origin TEXT NOT NULL DEFAULT 'external'
        CHECK (origin IN ('platform', 'external', 'coexistence'));
      -- The inventory's number, for a platform sender.
      ALTER TABLE senders ADD COLUMN number_id TEXT;
      -- Meta's id in the pre-verified pool, until the number is claimed.
      ALTER TABLE senders ADD COLUMN preverified_id TEXT;
      ALTER TABLE senders ADD COLUMN is_enabled INTEGER NOT NULL DEFAULT 1;
      ALTER TABLE senders ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE senders ADD COLUMN name_status TEXT;
      ALTER TABLE senders ADD COLUMN requested_display_name TEXT;
      ALTER TABLE senders ADD COLUMN state_read_at INTEGER;
      ALTER TABLE senders ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
      """)

  /// What accounts should know of, in order; written in the transaction of the change it tells.
  static let accountEvents = Migration(
    "account events",
    sql: """
      CREATE TABLE account_events (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        sender_id TEXT,
        kind TEXT NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
        message TEXT NOT NULL,
        before TEXT,
        after TEXT,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX account_events_of_account ON account_events (account_id, sequence);
      """)
}
