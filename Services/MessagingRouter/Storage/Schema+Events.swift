import Store

extension Schema {
  /// Conversations that are going on, senders as automation knows them, people to forget, and how far pruning is.
  static let automation = Migration(
    "conversation sessions, sender changes, erasures, retention",
    sql: """
      -- the talk of a conversation: from a customer's first message to the end of the idle time
      CREATE TABLE conversation_sessions (
        conversation_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        -- counts up with every talk
        number INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        -- messages.sequence of the message that opened it
        first_sequence INTEGER NOT NULL,
        last_activity_at INTEGER NOT NULL,
        -- when to look whether it has ended; null while none is open
        due_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX conversation_sessions_due ON conversation_sessions (due_at) WHERE due_at IS NOT NULL;

      -- what automation was last told of a sender
      CREATE TABLE told_senders (
        sender_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        status TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO told_senders SELECT sender_id, account_id, status FROM replica_senders;
      -- what it is to be told
      CREATE TABLE sender_changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sender_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        before TEXT,
        -- null when the sender is gone: looked at once more, as a copy is replaced by DELETE and INSERT
        after TEXT
      ) STRICT;
      CREATE TRIGGER sender_status_learned AFTER INSERT ON replica_senders
      WHEN NEW.status IS NOT (SELECT status FROM told_senders WHERE sender_id = NEW.sender_id)
      BEGIN
        INSERT INTO sender_changes (sender_id, account_id, before, after)
        VALUES (NEW.sender_id, NEW.account_id, (SELECT status FROM told_senders WHERE sender_id = NEW.sender_id),
          NEW.status);
        DELETE FROM told_senders WHERE sender_id = NEW.sender_id;
        INSERT INTO told_senders VALUES (NEW.sender_id, NEW.account_id, NEW.status);
      END;
      CREATE TRIGGER sender_status_lost AFTER DELETE ON replica_senders
      BEGIN
        INSERT INTO sender_changes (sender_id, account_id, before, after)
        VALUES (OLD.sender_id, OLD.account_id, OLD.status, NULL);
      END;

      CREATE TABLE contact_erasures (
        contact_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        -- what Meta's raw bodies are searched for; JSON; gone with the rest when it is done
        words BLOB,
        -- the place in `ErasureStep.all`, and how far that step is
        step INTEGER NOT NULL DEFAULT 0,
        position INTEGER NOT NULL DEFAULT 0,
        messages INTEGER NOT NULL DEFAULT 0,
        requested_at INTEGER NOT NULL,
        finished_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX contact_erasures_running ON contact_erasures (requested_at) WHERE finished_at IS NULL;
      CREATE TABLE erased_conversations (
        conversation_id TEXT PRIMARY KEY,
        contact_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX erased_conversations_by_contact ON erased_conversations (contact_id);

      -- everything of a kind up to this place has been pruned
      CREATE TABLE retention_progress (
        kind TEXT PRIMARY KEY,
        position INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      """)
}
