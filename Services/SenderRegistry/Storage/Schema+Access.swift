import Store

extension Schema {
  /// Accounts that can be managed, keys with a rate of their own, and who changed what.
  static let access = Migration(
    "accounts, keys and the audit log",
    sql: """
      -- Whoever runs the platform. The account made at first start becomes it when the service starts.
      ALTER TABLE accounts ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE accounts ADD COLUMN is_enabled INTEGER NOT NULL DEFAULT 1;
      ALTER TABLE accounts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
      CREATE UNIQUE INDEX accounts_operator ON accounts (is_operator) WHERE is_operator = 1;

      ALTER TABLE api_keys ADD COLUMN rate_per_second INTEGER CHECK (rate_per_second > 0);
      ALTER TABLE api_keys ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
      CREATE INDEX api_keys_of_account ON api_keys (account_id, id);

      CREATE TABLE audit_log (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL,
        actor TEXT NOT NULL,
        method TEXT NOT NULL,
        -- JSON with secrets blanked, or a note on what was cut
        request TEXT,
        before TEXT,
        after TEXT,
        -- NULL until it has ended: how it ended is unknown then
        status INTEGER,
        code TEXT,
        request_id TEXT,
        at INTEGER NOT NULL,
        ended_at INTEGER
      ) STRICT;
      CREATE INDEX audit_log_of_account ON audit_log (account_id, sequence);
      CREATE INDEX audit_log_by_actor ON audit_log (account_id, actor, sequence);
      CREATE INDEX audit_log_by_method ON audit_log (account_id, method, sequence);
      CREATE INDEX audit_log_by_age ON audit_log (at);

      CREATE TABLE audit_targets (
        account_id TEXT NOT NULL,
        target TEXT NOT NULL,
        sequence INTEGER NOT NULL REFERENCES audit_log (sequence) ON DELETE CASCADE,
        PRIMARY KEY (account_id, target, sequence)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX audit_targets_by_entry ON audit_targets (sequence);
      """)
}
