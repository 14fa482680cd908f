import Store
import Workers

/// The tables of `sender-registry`. Append only: a released step never changes.
enum Schema {
  /// Every column with sealed values.
  static let sealed = [
    SavedAnswers.sealed, SealedColumn("senders", "access_token"), SealedColumn("senders", "pin"),
    SealedColumn("onboarding", "code", key: "sender_id"), SealedColumn("onboarding", "access_token", key: "sender_id"),
  ]

  static let migrations: [Migration] = [
    Migration(
      "accounts, keys, senders, onboarding",
      sql: """
        CREATE TABLE accounts (
          id TEXT PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE api_keys (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL REFERENCES accounts (id),
          name TEXT NOT NULL,
          role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
          -- SHA-256 of the 32 random bytes: a copied table opens nothing.
          hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
          prefix TEXT NOT NULL,
          -- 'file': comes from ADMIN_API_KEY_FILE and is revoked when that file changes.
          origin TEXT NOT NULL CHECK (origin IN ('file', 'made')),
          created_at INTEGER NOT NULL,
          last_used_at INTEGER,
          expires_at INTEGER,
          revoked_at INTEGER
        ) STRICT;

        CREATE TABLE senders (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL REFERENCES accounts (id),
          phone_number TEXT NOT NULL,
          display_name TEXT NOT NULL,
          status TEXT NOT NULL
            CHECK (status IN ('pending', 'connecting', 'online', 'offline', 'suspended', 'failed')),
          reasons TEXT NOT NULL,
          waba_id TEXT,
          business_id TEXT,
          phone_number_id TEXT,
          quality_rating TEXT,
          messaging_limit TEXT,
          throughput INTEGER,
          -- Sealed, binding senders.access_token:<id> and senders.pin:<id>.
          access_token TEXT,
          pin TEXT,
          -- Position in the order of changes that replicas follow.
          replica_counter INTEGER NOT NULL UNIQUE,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL,
          deleted_at INTEGER
        ) STRICT;
        CREATE INDEX senders_of_account ON senders (account_id, id);
        CREATE UNIQUE INDEX senders_by_phone ON senders (account_id, phone_number) WHERE deleted_at IS NULL;
        CREATE UNIQUE INDEX senders_by_number_id ON senders (phone_number_id)
          WHERE deleted_at IS NULL AND phone_number_id IS NOT NULL;

        CREATE TABLE sender_history (
          sequence INTEGER PRIMARY KEY,
          sender_id TEXT NOT NULL REFERENCES senders (id),
          event TEXT NOT NULL,
          from_status TEXT,
          to_status TEXT NOT NULL,
          reasons TEXT NOT NULL,
          at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sender_history_of_sender ON sender_history (sender_id, sequence);

        CREATE TABLE onboarding (
          sender_id TEXT PRIMARY KEY REFERENCES senders (id),
          attempt INTEGER NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('running', 'waiting', 'ended')),
          due_at INTEGER NOT NULL,
          tries INTEGER NOT NULL,
          -- Sealed, binding onboarding.code:<sender id> and onboarding.access_token:<sender id>.
          code TEXT,
          access_token TEXT,
          waba_id TEXT NOT NULL,
          phone_number_id TEXT,
          is_number_given INTEGER NOT NULL,
          business_id TEXT,
          was_online INTEGER NOT NULL,
          is_verified INTEGER NOT NULL,
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX onboarding_due ON onboarding (due_at) WHERE state = 'running';

        CREATE TABLE onboarding_steps (
          sender_id TEXT NOT NULL REFERENCES senders (id),
          attempt INTEGER NOT NULL,
          name TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('waiting', 'started', 'done', 'failed', 'skipped')),
          result TEXT,
          started_at INTEGER NOT NULL,
          finished_at INTEGER,
          PRIMARY KEY (sender_id, attempt, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE inbox_events (
          id TEXT PRIMARY KEY,
          received_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX inbox_events_by_age ON inbox_events (received_at);

        CREATE TABLE idempotency (
          account_id TEXT NOT NULL REFERENCES accounts (id),
          operation TEXT NOT NULL,
          key TEXT NOT NULL,
          body_hash BLOB NOT NULL,
          answer BLOB NOT NULL,
          created_at INTEGER NOT NULL,
          PRIMARY KEY (account_id, operation, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_by_age ON idempotency (created_at);

        CREATE TABLE replica_position (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          epoch TEXT NOT NULL,
          counter INTEGER NOT NULL
        ) STRICT;
        """),
    senderState,
    accountEvents,
    SavedAnswers.migration,
    access,
    numbers,
    pool,
    signup,
    readings,
    profile,
    poolAbsence,
    blankedAudits,
    Migration("outbox to receipts", sql: ReceiptsOutbox.queue.schema),
  ]
}
