import Store

extension Schema {
  /// How the popup ended, what a reconnect falls back to, the register limit, what the popup told, links.
  static let signup = Migration(
    "onboarding: signup events, register calls, links",
    sql: """
      -- Meta's word for how the popup ended.
      ALTER TABLE onboarding ADD COLUMN signup_event TEXT;
      -- State and reasons (JSON) of a sender that had credentials before the attempt.
      ALTER TABLE onboarding ADD COLUMN prior TEXT;

      -- Append only: Meta counts register calls per number, whichever sender makes them.
      CREATE TABLE register_calls (
        sequence INTEGER PRIMARY KEY,
        phone_number TEXT NOT NULL,
        sender_id TEXT NOT NULL,
        -- 'limit': Meta refused because there were too many.
        kind TEXT NOT NULL CHECK (kind IN ('call', 'limit')),
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX register_calls_of_number ON register_calls (phone_number, at);

      CREATE TABLE signup_events (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        sender_id TEXT NOT NULL REFERENCES senders (id),
        event TEXT NOT NULL CHECK (event IN ('CANCEL', 'ERROR')),
        current_step TEXT,
        error_message TEXT,
        error_code TEXT,
        session_id TEXT,
        version TEXT,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX signup_events_of_sender ON signup_events (sender_id, sequence);

      CREATE TABLE onboarding_links (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        sender_id TEXT NOT NULL REFERENCES senders (id),
        -- SHA-256 of the 32 random bytes: a copied table opens nothing.
        token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
        note TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        used_at INTEGER,
        revoked_at INTEGER
      ) STRICT;
      CREATE INDEX onboarding_links_of_account ON onboarding_links (account_id, id);
      CREATE INDEX onboarding_links_of_sender ON onboarding_links (sender_id);
      """)
}
