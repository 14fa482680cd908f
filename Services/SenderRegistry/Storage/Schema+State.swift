import Store

extension Schema {
  /// When Meta is asked for each sender's state, what it said over time, and what it told by itself.
  static let readings = Migration(
    "readings, polls, notices, Meta's events",
    sql: """
      -- A row per sender that Meta is asked about. The times are spread, so that the work is.
      CREATE TABLE sender_polls (
        sender_id TEXT PRIMARY KEY REFERENCES senders (id),
        due_at INTEGER NOT NULL,
        -- Meta wants to be left in peace until then.
        not_before INTEGER NOT NULL DEFAULT 0,
        -- Failures of each kind in a row, and when the first of them was.
        unreachable_count INTEGER NOT NULL DEFAULT 0,
        unreachable_since INTEGER NOT NULL DEFAULT 0,
        token_count INTEGER NOT NULL DEFAULT 0,
        token_since INTEGER NOT NULL DEFAULT 0,
        refused_count INTEGER NOT NULL DEFAULT 0,
        refused_since INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX sender_polls_due ON sender_polls (due_at);

      -- Append only: every change of what Meta says of a number.
      CREATE TABLE sender_readings (
        sequence INTEGER PRIMARY KEY,
        sender_id TEXT NOT NULL REFERENCES senders (id),
        field TEXT NOT NULL,
        before TEXT,
        after TEXT NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('poll', 'webhook', 'signup')),
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX sender_readings_of_sender ON sender_readings (sender_id, sequence);

      -- What a sender's warnings are made of.
      CREATE TABLE sender_notices (
        sender_id TEXT NOT NULL REFERENCES senders (id),
        -- Who said it: 'health' and 'reading' are replaced by the next reading, 'event' ends at its time.
        source TEXT NOT NULL CHECK (source IN ('health', 'reading', 'event')),
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        next_step TEXT NOT NULL,
        until INTEGER,
        at INTEGER NOT NULL,
        PRIMARY KEY (sender_id, source, code, message)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX sender_notices_by_end ON sender_notices (until) WHERE until IS NOT NULL;

      -- What Meta told of accounts and numbers, and what was made of it.
      CREATE TABLE meta_events (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        waba_id TEXT NOT NULL,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'nobody', 'unreadable')),
        received_at INTEGER NOT NULL,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX meta_events_by_age ON meta_events (at);

      CREATE INDEX senders_of_waba ON senders (waba_id) WHERE deleted_at IS NULL AND waba_id IS NOT NULL;
      CREATE INDEX senders_of_portfolio ON senders (account_id, business_id)
        WHERE deleted_at IS NULL AND business_id IS NOT NULL;
      CREATE INDEX senders_by_status ON senders (account_id, status, id) WHERE deleted_at IS NULL;
      CREATE INDEX senders_unfinished ON senders (id)
        WHERE deleted_at IS NULL AND status IN ('pending', 'connecting');
      CREATE INDEX account_events_of_sender ON account_events (sender_id, sequence) WHERE sender_id IS NOT NULL;
      CREATE INDEX account_events_by_age ON account_events (at);

      -- Senders that were connected before: their first readings are spread over five minutes.
      INSERT INTO sender_polls (sender_id, due_at)
      SELECT id, unixepoch() * 1000 + abs(random()) % 300000 FROM senders
      WHERE deleted_at IS NULL AND status IN ('online', 'offline', 'suspended') AND access_token IS NOT NULL
        AND phone_number_id IS NOT NULL;
      """)
}
