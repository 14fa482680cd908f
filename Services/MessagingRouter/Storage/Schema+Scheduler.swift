import Store

extension Schema {
  /// What holds messages back, and what was learned of them.
  static let scheduler = Migration(
    "scheduler: priorities, pair rate, gates, people of the day",
    sql: """
      DROP TRIGGER message_queued;
      DROP TRIGGER message_moved;
      DROP TRIGGER lane_made;
      DROP TRIGGER lane_ended;
      DROP TRIGGER sender_learned;
      DROP TRIGGER sender_changed;
      DROP TRIGGER sender_forgotten;
      DROP TABLE outbound_lanes;
      DROP TABLE outbound_senders;
      DROP INDEX messages_queued;

      -- 1 until send_at has come: it holds nobody up
      ALTER TABLE messages ADD COLUMN is_scheduled INTEGER NOT NULL DEFAULT 0;
      -- which steps were told, a bit for each: MessageSteps
      ALTER TABLE messages ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
      -- the sender's webhook time when it became unknown
      ALTER TABLE messages ADD COLUMN unknown_since INTEGER;
      -- who decided its status without knowing: operator
      ALTER TABLE messages ADD COLUMN decided_by TEXT;
      UPDATE messages SET told = (
          SELECT coalesce(sum(CASE status
            WHEN 'sent' THEN 1 WHEN 'delivered' THEN 2 WHEN 'read' THEN 4 WHEN 'played' THEN 8 WHEN 'failed' THEN 16
            ELSE 0 END), 0)
          FROM message_statuses WHERE message_id = messages.id),
        is_scheduled = status = 'queued' AND coalesce(send_at, 0) > created_at
      WHERE direction = 'outbound' AND (last_sequence > 0 OR status = 'queued');
      UPDATE messages SET unknown_since = 0 WHERE status = 'unknown';

      CREATE INDEX messages_waiting ON messages (conversation_id, is_scheduled, priority, sequence)
        WHERE status = 'queued';
      CREATE INDEX messages_waiting_by_sender ON messages (sender_id, is_scheduled, priority) WHERE status = 'queued';
      CREATE INDEX messages_scheduled ON messages (send_at) WHERE status = 'queued' AND is_scheduled = 1;
      -- the ends of their time: their own, or the service's after they might have gone
      CREATE INDEX messages_by_end ON messages (expires_at) WHERE status = 'queued' AND expires_at IS NOT NULL;
      CREATE INDEX messages_by_age ON messages (coalesce(send_at, created_at))
        WHERE status = 'queued' AND expires_at IS NULL;
      CREATE INDEX messages_unknown_by_account ON messages (account_id, sequence) WHERE status = 'unknown';

      -- the pair rate: when the next message would be due at the even rate, when one may go, Meta's refusals in a row
      ALTER TABLE conversations ADD COLUMN pair_due INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE conversations ADD COLUMN pair_free_at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE conversations ADD COLUMN pair_tries INTEGER NOT NULL DEFAULT 0;

      -- what holds back a sender, its broadcasts, a WhatsApp Business Account, or a portfolio
      CREATE TABLE outbound_gates (
        scope TEXT NOT NULL CHECK (scope IN ('sender', 'broadcasts', 'account', 'portfolio')),
        key TEXT NOT NULL,
        until INTEGER NOT NULL,
        since INTEGER NOT NULL,
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        next_step TEXT,
        -- 1: mended by nothing but a person or Meta; when it is over one message tries
        needs_attention INTEGER NOT NULL,
        PRIMARY KEY (scope, key)
      ) STRICT, WITHOUT ROWID;

      -- people whom a portfolio wrote to first, for a day from the last time
      CREATE TABLE portfolio_slots (
        contact_id TEXT PRIMARY KEY,
        portfolio TEXT NOT NULL,
        reserved_at INTEGER NOT NULL,
        -- the send it was reserved for, and what gave the place before it
        message_id TEXT NOT NULL,
        earlier_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX portfolio_slots_by_age ON portfolio_slots (portfolio, reserved_at);
      CREATE TABLE portfolio_usage (
        portfolio TEXT PRIMARY KEY,
        used INTEGER NOT NULL,
        -- 0, 80 or 100: the share of the limit that the account was told of
        told INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      CREATE TRIGGER slot_taken AFTER INSERT ON portfolio_slots
      BEGIN
        INSERT INTO portfolio_usage (portfolio, used) VALUES (NEW.portfolio, 1)
        ON CONFLICT (portfolio) DO UPDATE SET used = used + 1;
      END;
      CREATE TRIGGER slot_freed AFTER DELETE ON portfolio_slots
      BEGIN
        UPDATE portfolio_usage SET used = used - 1 WHERE portfolio = OLD.portfolio;
      END;

      -- time in which webhooks of a sender arrived, in milliseconds: what was not heard of meanwhile stays unknown
      CREATE TABLE webhook_time (
        sender_id TEXT PRIMARY KEY,
        alive INTEGER NOT NULL,
        last_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      -- what people decided of messages that stayed unknown
      CREATE TABLE message_decisions (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        decision TEXT NOT NULL,
        reason TEXT NOT NULL,
        actor TEXT,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX message_decisions_by_message ON message_decisions (message_id);

      \(OutboundSchedule.schema)

      -- what was queued before
      UPDATE messages SET due_at = due_at
      WHERE sequence IN (SELECT min(sequence) FROM messages WHERE status = 'queued' GROUP BY conversation_id);
      """)
}
