import Store

extension Schema {
  /// What accounts are told of their webhooks.
  static let registryOutbox = Migration("outbox to the registry", sql: OwnerNews.queue.schema)

  /// What was delivered, looked at from every side, and events that are delivered once more.
  static let replays = Migration(
    "replays",
    sql: """
      -- the replay that queued it last, and what it was before: a replay that is called off puts it back
      ALTER TABLE deliveries ADD COLUMN replay_id TEXT;
      ALTER TABLE deliveries ADD COLUMN prior_state TEXT;
      -- the states that a delivery without trouble never has: looking for them costs those without trouble nothing
      CREATE INDEX deliveries_set_aside ON deliveries (webhook_id, state, id)
        WHERE state IN ('behind', 'held', 'exhausted', 'cancelled');
      -- what replays have queued and is still open
      CREATE INDEX deliveries_replayed ON deliveries (webhook_id, attempts, replay_id)
        WHERE is_replay = 1 AND state IN ('waiting', 'behind');

      CREATE TABLE replays (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        webhook_id TEXT NOT NULL REFERENCES webhooks (id),
        -- gap, skip: what a webhook missed until it was resumed, delivered or called off
        kind TEXT NOT NULL CHECK (kind IN ('replay', 'gap', 'skip')),
        -- JSON of ReplaySelection
        selection TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed', 'cancelled')),
        matched INTEGER NOT NULL,
        is_exact INTEGER NOT NULL,
        queued INTEGER NOT NULL DEFAULT 0,
        -- events after this one are still to be looked at, up to `last`
        position INTEGER NOT NULL,
        last INTEGER NOT NULL,
        -- of a gap: exhausted deliveries up to this one have been looked at
        delivery_id TEXT NOT NULL DEFAULT '',
        stepped_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        ended_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX replays_by_webhook ON replays (webhook_id, id);
      -- one of a kind at a time
      CREATE UNIQUE INDEX replays_running ON replays (webhook_id, kind) WHERE state = 'running';
      CREATE INDEX replays_next ON replays (stepped_at) WHERE ended_at IS NULL;
      CREATE INDEX replays_ended ON replays (ended_at) WHERE ended_at IS NOT NULL;
      -- counted as they change, as the others of the queue
      INSERT INTO queue_depth SELECT 'held', count(*) FROM deliveries WHERE state = 'held';
      CREATE TRIGGER deliveries_held_added AFTER INSERT ON deliveries WHEN new.state = 'held'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries + 1 WHERE lane = 'held';
      END;
      CREATE TRIGGER deliveries_held_moved AFTER UPDATE OF state ON deliveries
      WHEN (old.state = 'held') <> (new.state = 'held')
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries + iif(new.state = 'held', 1, -1) WHERE lane = 'held';
      END;
      CREATE TRIGGER deliveries_held_removed AFTER DELETE ON deliveries WHEN old.state = 'held'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries - 1 WHERE lane = 'held';
      END;
      CREATE INDEX webhooks_deleted ON webhooks (deleted_at) WHERE deleted_at IS NOT NULL;
      """)
}
