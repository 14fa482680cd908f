import Store
import Workers

/// The tables of `messaging-router`, as an append-only list of migrations.
enum Schema {
  static let turns = DurableQueue(table: "turns")
  /// Of an earlier version: what it held is in `AutomationOutbox`.
  private static let receiptOutbox = DurableQueue(table: "receipt_outbox")

  /// Every column with sealed values.
  static let sealed = SenderReplica.sealed + [SavedAnswers.sealed, MediaLinks.sealed]

  static let migrations: [Migration] = [
    SenderReplica.migration,
    Migration(
      "raw inbox",
      sql: """
        CREATE TABLE inbox (
          -- never used again: what was set aside of a body is found by it
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          received_at INTEGER NOT NULL,
          body BLOB NOT NULL,
          -- 0 waiting, 2 deferred until the replica knows a number; a finished body is deleted
          state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 2))
        ) STRICT;
        CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 0;
        CREATE INDEX inbox_deferred ON inbox (id) WHERE state = 2;
        -- which numbers a deferred body waits for
        CREATE TABLE inbox_awaited (
          inbox_id INTEGER NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
          phone_number_id TEXT NOT NULL,
          PRIMARY KEY (inbox_id, phone_number_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX inbox_awaited_by_number ON inbox_awaited (phone_number_id, inbox_id);
        CREATE TABLE inbox_poison (
          id INTEGER PRIMARY KEY,
          inbox_id INTEGER NOT NULL,
          path TEXT NOT NULL,
          reason TEXT NOT NULL,
          raw BLOB NOT NULL,
          at INTEGER NOT NULL,
          UNIQUE (inbox_id, path)
        ) STRICT;
        -- counted by time without reading what was set aside
        CREATE INDEX inbox_poison_by_time ON inbox_poison (at);
        """),
    Migration(
      "contacts, conversations, messages",
      sql: """
        CREATE TABLE contacts (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          -- the business portfolio that scopes Meta's user ids, or the WABA while the portfolio is unknown
          portfolio_id TEXT NOT NULL,
          user_id TEXT,
          phone_number TEXT,
          name TEXT,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX contacts_by_user ON contacts (account_id, portfolio_id, user_id)
          WHERE user_id IS NOT NULL;
        CREATE UNIQUE INDEX contacts_by_phone ON contacts (account_id, portfolio_id, phone_number)
          WHERE phone_number IS NOT NULL;

        CREATE TABLE conversations (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          sender_id TEXT NOT NULL,
          contact_id TEXT NOT NULL REFERENCES contacts (id),
          window_expires_at INTEGER,
          last_message_at INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          UNIQUE (sender_id, contact_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX conversations_by_contact ON conversations (contact_id);
        CREATE INDEX conversations_by_activity ON conversations (sender_id, last_message_at, id);

        CREATE TABLE messages (
          -- the order in which messages were stored, whatever the clock did meanwhile
          sequence INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          account_id TEXT NOT NULL,
          sender_id TEXT NOT NULL,
          conversation_id TEXT NOT NULL REFERENCES conversations (id),
          direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
          type TEXT NOT NULL,
          text TEXT,
          raw BLOB,
          status TEXT NOT NULL,
          meta_message_id TEXT,
          assistant_id TEXT,
          -- the inbound message that an assistant's reply answers: one reply each
          turn_of TEXT UNIQUE,
          idempotency_key TEXT,
          body_hash BLOB,
          due_at INTEGER,
          send_attempts INTEGER NOT NULL DEFAULT 0,
          last_sequence INTEGER NOT NULL DEFAULT 0,
          error_code TEXT,
          error_message TEXT,
          error_meta_code INTEGER,
          error_meta_title TEXT,
          error_meta_details TEXT,
          error_is_retriable INTEGER,
          provider_at INTEGER,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX messages_by_meta_id ON messages (sender_id, meta_message_id)
          WHERE meta_message_id IS NOT NULL;
        CREATE UNIQUE INDEX messages_by_key ON messages (account_id, idempotency_key)
          WHERE idempotency_key IS NOT NULL;
        CREATE INDEX messages_by_conversation ON messages (conversation_id, sequence);
        CREATE INDEX messages_queued ON messages (conversation_id, sequence) WHERE status = 'queued';
        CREATE INDEX messages_sending ON messages (conversation_id) WHERE status = 'sending';
        CREATE INDEX messages_unknown ON messages (updated_at) WHERE status = 'unknown';
        """),
    Migration(
      "statuses",
      sql: """
        CREATE TABLE message_statuses (
          message_id TEXT NOT NULL REFERENCES messages (id),
          status TEXT NOT NULL,
          sequence INTEGER NOT NULL,
          is_synthesized INTEGER NOT NULL,
          provider_at INTEGER,
          at INTEGER NOT NULL,
          PRIMARY KEY (message_id, status)
        ) STRICT, WITHOUT ROWID;
        -- statuses of messages whose id is not known yet: joined when the send's answer is stored
        CREATE TABLE held_statuses (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          sender_id TEXT NOT NULL,
          meta_message_id TEXT NOT NULL,
          status TEXT NOT NULL,
          payload BLOB NOT NULL,
          at INTEGER NOT NULL,
          UNIQUE (sender_id, meta_message_id, status)
        ) STRICT;
        """),
    FirstSchedule.migration,
    Migration("receipt outbox", sql: receiptOutbox.schema),
    Migration(
      "assistants",
      sql: """
        CREATE TABLE assistants (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          name TEXT NOT NULL,
          kind TEXT NOT NULL CHECK (kind IN ('built_in', 'model')),
          instructions TEXT,
          model TEXT,
          temperature REAL,
          -- a list of {"question", "answer"}
          pairs BLOB NOT NULL,
          fallback TEXT,
          idempotency_key TEXT,
          body_hash BLOB,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX assistants_by_account ON assistants (account_id, id);
        CREATE UNIQUE INDEX assistants_by_key ON assistants (account_id, idempotency_key)
          WHERE idempotency_key IS NOT NULL;
        CREATE TABLE bindings (
          sender_id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          assistant_id TEXT REFERENCES assistants (id),
          ai_enabled INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """),
    Migration("assistant turns", sql: turns.schema),
    Migration(
      "versions of assistants",
      sql: """
        ALTER TABLE assistants ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
        CREATE INDEX bindings_by_assistant ON bindings (assistant_id) WHERE assistant_id IS NOT NULL;
        """),
    // From here on keys are kept there; the columns `idempotency_key` and `body_hash` are no longer written.
    SavedAnswers.migration,
    SenderReplica.originMigration,
    SenderReplica.stagingIndex,
    Migration("what Meta tells of accounts, for the registry", sql: AccountOutbox.queue.schema),
    messageContents,
    media,
    contactPreferences,
    inboxLanes,
    sending,
    templates,
    AutomationOutbox.migration,
    automation,
    scheduler,
    broadcasts,
    sendSafety,
    erasure,
    scopes,
    inboxBounds,
    resending,
    revisions,
    remembered,
    moves,
    mediaShares,
    mediaUses,
    broadcastPeople,
    broadcastUploads,
  ]
}
