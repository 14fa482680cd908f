import Store

extension Schema {
  /// Statuses that an update took over without the conversation that their bodies name: an erasure finds events by it.
  static let conversationsOfStatuses = Migration(
    "conversations of statuses",
    sql: """
      UPDATE events SET conversation_id = json_extract(CAST(body AS TEXT), '$.conversation_id')
      WHERE type = 'message.status' AND conversation_id IS NULL AND json_valid(CAST(body AS TEXT));
      """)

  /// Events of every kind in the order of their commits. The tables are made anew, which an update pays for once: the
  /// key becomes a position that readers go on from, and a delivery may be cancelled.
  static let platformEvents = Migration(
    "events of every kind",
    sql: """
      CREATE TABLE events_2 (
        -- given by the one writer: a reader who has seen a position has seen all before it; never given twice
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL,
        type TEXT NOT NULL,
        sender_id TEXT,
        conversation_id TEXT,
        -- of a status
        message_id TEXT,
        status TEXT,
        sequence INTEGER,
        -- of a status the bytes that are signed and posted, the same at every attempt; of other types their data
        body BLOB NOT NULL,
        occurred_at INTEGER NOT NULL,
        received_at INTEGER NOT NULL
      ) STRICT;
      INSERT INTO events_2 (id, account_id, type, sender_id, message_id, status, sequence, body, occurred_at,
        received_at)
      SELECT id, account_id, 'message.status', sender_id, message_id, status, sequence, body, received_at, received_at
      FROM events ORDER BY received_at, id;
      -- all that a reader or an erasure looks for, without a look at the bodies
      CREATE INDEX events_by_type ON events_2 (account_id, type, position, sender_id, conversation_id);

      CREATE TABLE deliveries_2 (
        id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL REFERENCES events_2 (id),
        webhook_id TEXT NOT NULL REFERENCES webhooks (id),
        account_id TEXT NOT NULL,
        sender_id TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'exhausted', 'cancelled')),
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        taken_at INTEGER,
        created_at INTEGER NOT NULL,
        UNIQUE (event_id, webhook_id)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO deliveries_2
      SELECT id, event_id, webhook_id, account_id, sender_id, state, attempts, due_at, taken_at, created_at
      FROM deliveries;
      CREATE TABLE attempts_2 (
        id TEXT PRIMARY KEY,
        delivery_id TEXT NOT NULL REFERENCES deliveries_2 (id),
        at INTEGER NOT NULL,
        milliseconds INTEGER NOT NULL,
        dialled_address TEXT,
        http_status INTEGER,
        error_class TEXT,
        response TEXT
      ) STRICT, WITHOUT ROWID;
      INSERT INTO attempts_2
      SELECT id, delivery_id, at, milliseconds, dialled_address, http_status, error_class, response FROM attempts;
      DROP TABLE attempts;
      DROP TABLE deliveries;
      DROP TABLE events;
      ALTER TABLE events_2 RENAME TO events;
      ALTER TABLE deliveries_2 RENAME TO deliveries;
      ALTER TABLE attempts_2 RENAME TO attempts;

      CREATE INDEX attempts_by_delivery ON attempts (delivery_id, id);
      -- the two lanes, see DeliveryLane: new events go before retries
      CREATE INDEX deliveries_new ON deliveries (webhook_id, due_at)
        WHERE state = 'waiting' AND taken_at IS NULL AND attempts = 0;
      CREATE INDEX deliveries_retry ON deliveries (webhook_id, due_at)
        WHERE state = 'waiting' AND taken_at IS NULL AND attempts > 0;
      CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting' AND taken_at IS NULL;
      CREATE INDEX deliveries_taken ON deliveries (taken_at) WHERE taken_at IS NOT NULL;
      CREATE INDEX deliveries_by_sender ON deliveries (sender_id, id);
      CREATE TRIGGER deliveries_queued AFTER INSERT ON deliveries WHEN new.state = 'waiting'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries + 1 WHERE lane = iif(new.attempts = 0, 'new', 'retry');
      END;
      CREATE TRIGGER deliveries_moved AFTER UPDATE OF state, attempts ON deliveries
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries - 1
        WHERE old.state = 'waiting' AND lane = iif(old.attempts = 0, 'new', 'retry');
        UPDATE queue_depth SET deliveries = deliveries + 1
        WHERE new.state = 'waiting' AND lane = iif(new.attempts = 0, 'new', 'retry');
      END;
      CREATE TRIGGER deliveries_removed AFTER DELETE ON deliveries WHEN old.state = 'waiting'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries - 1 WHERE lane = iif(old.attempts = 0, 'new', 'retry');
      END;

      -- people to forget: ids, nothing else
      CREATE TABLE erased_conversations (
        conversation_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        order_id TEXT NOT NULL,
        at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX erased_conversations_by_order ON erased_conversations (order_id);
      CREATE INDEX erased_conversations_by_time ON erased_conversations (at);
      CREATE TABLE erasures (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        -- everything up to here has been looked at, everything after `last` came later
        position INTEGER NOT NULL DEFAULT 0,
        last INTEGER NOT NULL,
        at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      """)
}
