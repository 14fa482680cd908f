import Store
import Workers

/// The tables of `receipts`, as an append-only list of migrations.
enum Schema {
  /// Every column with sealed values.
  static let sealed =
    SenderReplica.sealed + [
      SavedAnswers.sealed, SealedColumn("webhooks", "secret"),
      SealedColumn("webhooks", "previous_secret"), SealedColumn("webhooks", "headers"),
    ]

  static let migrations: [Migration] = [
    SenderReplica.migration,
    Migration(
      "webhooks",
      sql: """
        CREATE TABLE webhooks (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          sender_id TEXT NOT NULL UNIQUE,
          url TEXT NOT NULL,
          -- sealed, bound to this row
          secret TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """),
    Migration(
      "events and deliveries",
      sql: """
        CREATE TABLE events (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          sender_id TEXT NOT NULL,
          message_id TEXT NOT NULL,
          status TEXT NOT NULL,
          sequence INTEGER NOT NULL,
          -- the bytes that are signed and posted, the same at every attempt
          body BLOB NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE deliveries (
          id TEXT PRIMARY KEY,
          event_id TEXT NOT NULL REFERENCES events (id),
          webhook_id TEXT NOT NULL REFERENCES webhooks (id),
          account_id TEXT NOT NULL,
          sender_id TEXT NOT NULL,
          state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'exhausted')),
          -- finished ones; an attempt that a dead process left behind is not counted
          attempts INTEGER NOT NULL DEFAULT 0,
          due_at INTEGER NOT NULL,
          -- set while the worker has it in hand: committed before the first byte leaves
          taken_at INTEGER,
          created_at INTEGER NOT NULL,
          UNIQUE (event_id, webhook_id)
        ) STRICT, WITHOUT ROWID;
        -- the two lanes, see DeliveryLane: new events go before retries
        CREATE INDEX deliveries_new ON deliveries (webhook_id, due_at)
          WHERE state = 'waiting' AND taken_at IS NULL AND attempts = 0;
        CREATE INDEX deliveries_retry ON deliveries (webhook_id, due_at)
          WHERE state = 'waiting' AND taken_at IS NULL AND attempts > 0;
        CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting' AND taken_at IS NULL;
        CREATE INDEX deliveries_taken ON deliveries (taken_at) WHERE taken_at IS NOT NULL;
        CREATE INDEX deliveries_by_sender ON deliveries (sender_id, id);

        -- counted as they change: counting a million rows when asked takes seconds on a cold cache
        CREATE TABLE queue_depth (
          lane TEXT PRIMARY KEY,
          deliveries INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO queue_depth VALUES ('new', 0), ('retry', 0);
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

        CREATE TABLE attempts (
          id TEXT PRIMARY KEY,
          delivery_id TEXT NOT NULL REFERENCES deliveries (id),
          at INTEGER NOT NULL,
          milliseconds INTEGER NOT NULL,
          dialled_address TEXT,
          http_status INTEGER,
          error_class TEXT,
          response TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attempts_by_delivery ON attempts (delivery_id, id);
        """),
    Migration(
      "answers to saved webhooks",
      sql: """
        CREATE TABLE webhook_saves (
          account_id TEXT NOT NULL,
          key TEXT NOT NULL,
          body_hash BLOB NOT NULL,
          -- sealed, bound to this row: it may hold a signing secret
          answer TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          PRIMARY KEY (account_id, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX webhook_saves_by_age ON webhook_saves (created_at);
        """),
    Migration(
      "versions of webhooks",
      sql: """
        ALTER TABLE webhooks ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
        -- answers without a version cannot be read any more
        DELETE FROM webhook_saves;
        """),
    SavedAnswers.migration,
    SenderReplica.originMigration,
    SenderReplica.stagingIndex,
    platformEvents,
    conversationsOfStatuses,
    endpoints,
    replays,
    registryOutbox,
    behindDepth,
  ]
}
