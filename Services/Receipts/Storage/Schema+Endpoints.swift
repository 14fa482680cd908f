import Store

extension Schema {
  /// Webhooks of the account beside those of senders, secrets with an overlap, pauses, replays, and deliveries one
  /// after the other. Tables that name each other are made anew together, which an update pays for once.
  static let endpoints = Migration(
    "endpoints",
    sql: """
      CREATE TABLE webhooks_2 (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('receipts', 'endpoint')),
        -- whose receipts, or of an endpoint the only sender whose events it gets
        sender_id TEXT CHECK (sender_id IS NOT NULL OR kind = 'endpoint'),
        -- none as long as a receipts webhook was only tested
        url TEXT CHECK (url IS NOT NULL OR kind = 'receipts'),
        description TEXT,
        -- a JSON array; all when null
        event_types TEXT,
        -- a JSON array, sealed, bound to this row: often credentials
        headers TEXT,
        is_ordered INTEGER NOT NULL DEFAULT 0,
        max_per_second REAL,
        max_concurrency INTEGER,
        retry_schedule TEXT,
        -- sealed, bound to this row; wiped when it is deleted
        secret TEXT CHECK (secret IS NOT NULL OR deleted_at IS NOT NULL),
        secret_fingerprint TEXT NOT NULL,
        -- signs too, until then; sealed, bound to this row
        previous_secret TEXT,
        previous_fingerprint TEXT,
        previous_until INTEGER,
        state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
        pause_reason TEXT CHECK (pause_reason IN ('by_hand', 'gone', 'failing')),
        paused_at INTEGER,
        -- the first failure since the last success, and how many there were
        failing_since INTEGER,
        failures INTEGER NOT NULL DEFAULT 0,
        last_failure_at INTEGER,
        -- what the owner was told of it: 0 nothing, 1 that it fails, 2 that it will be paused; -1 that it failed once,
        -- and hears when it takes events again
        told INTEGER NOT NULL DEFAULT 0,
        -- that it will be paused
        told_at INTEGER,
        last_success_at INTEGER,
        version INTEGER NOT NULL DEFAULT 1,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        -- it is gone for everybody; the row goes when nothing names it any more
        deleted_at INTEGER,
        -- its open deliveries have been called off
        is_swept INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      -- what an update cannot know, a fingerprint, is there from the next rotation on
      INSERT INTO webhooks_2 (id, account_id, kind, sender_id, url, secret, secret_fingerprint, version, created_at,
        updated_at)
      SELECT id, account_id, 'receipts', sender_id, url, secret, '', version, created_at, updated_at FROM webhooks;

      CREATE TABLE deliveries_3 (
        id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL REFERENCES events (id),
        -- the event's: what came first goes first, and a replay walks along it
        position INTEGER NOT NULL,
        webhook_id TEXT NOT NULL REFERENCES webhooks_2 (id),
        account_id TEXT NOT NULL,
        sender_id TEXT,
        -- of an ordered webhook: those with the same key go one after the other
        order_key TEXT,
        state TEXT NOT NULL DEFAULT 'waiting'
          CHECK (state IN ('waiting', 'behind', 'held', 'delivered', 'exhausted', 'cancelled')),
        is_replay INTEGER NOT NULL DEFAULT 0,
        -- finished ones since it was queued; an attempt that a dead process left behind is not counted
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        -- set while the worker has it in hand: committed before the first byte leaves
        taken_at INTEGER,
        created_at INTEGER NOT NULL,
        UNIQUE (event_id, webhook_id)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO deliveries_3 (id, event_id, position, webhook_id, account_id, sender_id, state, attempts, due_at,
        taken_at, created_at)
      SELECT d.id, d.event_id, e.position, d.webhook_id, d.account_id, d.sender_id, d.state, d.attempts, d.due_at,
        d.taken_at, d.created_at
      FROM deliveries d JOIN events e ON e.id = d.event_id;
      -- looked for by delivery and by webhook, never by its own id
      CREATE TABLE attempts_3 (
        id TEXT NOT NULL,
        delivery_id TEXT NOT NULL REFERENCES deliveries_3 (id),
        webhook_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        milliseconds INTEGER NOT NULL,
        dialled_address TEXT,
        http_status INTEGER,
        error_class TEXT,
        response TEXT,
        PRIMARY KEY (delivery_id, id)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO attempts_3
      SELECT a.id, a.delivery_id, d.webhook_id, a.at, a.milliseconds, a.dialled_address, a.http_status, a.error_class,
        a.response
      FROM attempts a JOIN deliveries d ON d.id = a.delivery_id;
      DROP TABLE attempts;
      DROP TABLE deliveries;
      DROP TABLE webhooks;
      ALTER TABLE webhooks_2 RENAME TO webhooks;
      ALTER TABLE deliveries_3 RENAME TO deliveries;
      ALTER TABLE attempts_3 RENAME TO attempts;

      CREATE UNIQUE INDEX webhooks_of_sender ON webhooks (sender_id) WHERE kind = 'receipts' AND deleted_at IS NULL;
      CREATE INDEX webhooks_by_account ON webhooks (account_id, id);
      CREATE INDEX webhooks_endpoints ON webhooks (account_id) WHERE kind = 'endpoint' AND deleted_at IS NULL;
      -- what is left to be done about them: nothing nearly always
      CREATE INDEX webhooks_retiring ON webhooks (previous_until) WHERE previous_until IS NOT NULL;
      CREATE INDEX webhooks_unswept ON webhooks (id) WHERE deleted_at IS NOT NULL AND is_swept = 0;
      CREATE INDEX attempts_by_webhook ON attempts (webhook_id, id);
      -- the three lanes, see DeliveryLane: new events go before retries, retries before replays
      CREATE INDEX deliveries_new ON deliveries (webhook_id, due_at)
        WHERE state = 'waiting' AND taken_at IS NULL AND attempts = 0 AND is_replay = 0;
      CREATE INDEX deliveries_retry ON deliveries (webhook_id, due_at)
        WHERE state = 'waiting' AND taken_at IS NULL AND attempts > 0 AND is_replay = 0;
      CREATE INDEX deliveries_replay ON deliveries (webhook_id, due_at)
        WHERE state = 'waiting' AND taken_at IS NULL AND is_replay = 1;
      CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting' AND taken_at IS NULL;
      CREATE INDEX deliveries_taken ON deliveries (taken_at) WHERE taken_at IS NOT NULL;
      CREATE INDEX deliveries_held ON deliveries (webhook_id, position) WHERE state = 'held';
      -- open ones of a contact in their order: whose turn it is, and who is next
      CREATE INDEX deliveries_ordered ON deliveries (webhook_id, order_key, state, position)
        WHERE order_key IS NOT NULL AND state IN ('waiting', 'behind', 'held');
      CREATE INDEX deliveries_by_sender ON deliveries (sender_id, id);
      CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);

      INSERT OR IGNORE INTO queue_depth VALUES ('replay', 0);
      CREATE TRIGGER deliveries_queued AFTER INSERT ON deliveries WHEN new.state = 'waiting'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries + 1
        WHERE lane = iif(new.is_replay, 'replay', iif(new.attempts = 0, 'new', 'retry'));
      END;
      CREATE TRIGGER deliveries_moved AFTER UPDATE OF state, attempts, is_replay ON deliveries
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries - 1
        WHERE old.state = 'waiting' AND lane = iif(old.is_replay, 'replay', iif(old.attempts = 0, 'new', 'retry'));
        UPDATE queue_depth SET deliveries = deliveries + 1
        WHERE new.state = 'waiting' AND lane = iif(new.is_replay, 'replay', iif(new.attempts = 0, 'new', 'retry'));
      END;
      CREATE TRIGGER deliveries_removed AFTER DELETE ON deliveries WHEN old.state = 'waiting'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries - 1
        WHERE lane = iif(old.is_replay, 'replay', iif(old.attempts = 0, 'new', 'retry'));
      END;
      """)
}
