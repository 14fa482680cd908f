import Store

extension Schema {
  /// Broadcasts, their recipients, and how many are where.
  static let broadcasts = Migration(
    "broadcasts",
    sql: """
      CREATE TABLE broadcasts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL,
        sender_id TEXT NOT NULL,
        name TEXT NOT NULL,
        template_id TEXT NOT NULL,
        -- JSON of Template, as it was when it was frozen
        template BLOB NOT NULL,
        -- JSON of what recipients without a value get
        variables BLOB NOT NULL,
        -- JSON of MessageMedia
        header_media BLOB,
        state TEXT NOT NULL,
        pause_reason TEXT,
        pause_detail TEXT,
        start_at INTEGER,
        -- how often recipients were given, and what was refused the last time
        uploads INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0,
        -- Meta's rating of the sender when it was started or resumed
        quality TEXT,
        -- failures of messages up to this one have been looked at by a person
        watched_from INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        version INTEGER NOT NULL DEFAULT 1
      ) STRICT;
      CREATE INDEX broadcasts_by_account ON broadcasts (account_id, number);
      CREATE INDEX broadcasts_by_sender ON broadcasts (sender_id, number);
      CREATE INDEX broadcasts_at_work ON broadcasts (state, start_at) WHERE state IN ('scheduled', 'running');

      CREATE TABLE broadcast_recipients (
        sequence INTEGER PRIMARY KEY,
        broadcast INTEGER NOT NULL REFERENCES broadcasts (number),
        account_id TEXT NOT NULL,
        -- a number with its plus, or the id of a contact: nobody is in a broadcast twice
        recipient TEXT NOT NULL,
        name TEXT,
        -- JSON of its own values
        variables BLOB,
        upload INTEGER NOT NULL,
        -- fed: it has a message, which tells the rest
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'fed', 'skipped')),
        reason TEXT,
        message_id TEXT,
        CHECK ((state = 'fed') = (message_id IS NOT NULL))
      ) STRICT;
      CREATE UNIQUE INDEX broadcast_recipients_once ON broadcast_recipients (broadcast, recipient);
      -- in the order of their rows, which is what an index on one column ends with
      CREATE INDEX broadcast_recipients_listed ON broadcast_recipients (broadcast);
      CREATE INDEX broadcast_recipients_pending ON broadcast_recipients (broadcast) WHERE state = 'pending';
      CREATE INDEX broadcast_recipients_skipped ON broadcast_recipients (broadcast) WHERE state = 'skipped';
      CREATE UNIQUE INDEX broadcast_recipients_by_message ON broadcast_recipients (message_id)
        WHERE message_id IS NOT NULL;

      -- by our state of recipients without a message (pending, skipped), else by the message's status
      CREATE TABLE broadcast_counts (
        broadcast_id TEXT NOT NULL,
        state TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (broadcast_id, state)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX broadcast_counts_queued ON broadcast_counts (broadcast_id) WHERE state = 'queued' AND count > 0;

      CREATE TABLE broadcast_events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        broadcast INTEGER NOT NULL REFERENCES broadcasts (number),
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        reason TEXT,
        detail TEXT,
        actor TEXT,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX broadcast_events_by_broadcast ON broadcast_events (broadcast, sequence);

      -- of the last upload, a bounded number
      CREATE TABLE broadcast_errors (
        broadcast INTEGER NOT NULL REFERENCES broadcasts (number),
        place INTEGER NOT NULL,
        account_id TEXT NOT NULL,
        line INTEGER NOT NULL,
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (broadcast, place)
      ) STRICT, WITHOUT ROWID;

      CREATE INDEX messages_by_broadcast ON messages (broadcast_id, status, sequence) WHERE broadcast_id IS NOT NULL;
      CREATE TRIGGER broadcast_message_made AFTER INSERT ON messages WHEN NEW.broadcast_id IS NOT NULL
      BEGIN
        \(count("NEW.status", "+ 1", of: "NEW.broadcast_id"))
      END;
      CREATE TRIGGER broadcast_message_moved AFTER UPDATE OF status ON messages
      WHEN NEW.broadcast_id IS NOT NULL AND NEW.status <> OLD.status
      BEGIN
        \(count("OLD.status", "- 1", of: "NEW.broadcast_id"))
        \(count("NEW.status", "+ 1", of: "NEW.broadcast_id"))
      END;
      -- taken back: its recipient waits again
      CREATE TRIGGER broadcast_message_taken_back AFTER DELETE ON messages
      WHEN OLD.broadcast_id IS NOT NULL AND OLD.status = 'queued'
      BEGIN
        \(count("'queued'", "- 1", of: "OLD.broadcast_id"))
      END;
      -- whose message is forgotten is forgotten with it; the count of what has ended stays
      CREATE TRIGGER broadcast_message_gone AFTER DELETE ON messages WHEN OLD.broadcast_id IS NOT NULL
      BEGIN
        DELETE FROM broadcast_recipients WHERE message_id = OLD.id;
      END;
      """)

  /// No upsert: whoever changes a message may say what is to happen on a conflict, which would be said of this as well.
  private static func count(_ state: String, _ step: String, of broadcast: String) -> String {
    """
    INSERT INTO broadcast_counts (broadcast_id, state, count)
    SELECT \(broadcast), \(state), 0
    WHERE NOT EXISTS (SELECT 1 FROM broadcast_counts WHERE broadcast_id = \(broadcast) AND state = \(state));
    UPDATE broadcast_counts SET count = count \(step) WHERE broadcast_id = \(broadcast) AND state = \(state);
    """
  }
}
