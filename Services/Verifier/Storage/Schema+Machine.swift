import Store

extension Schema {
  /// Verifications whose code the machine hears. `verifications` is made anew: its states were fixed by a check.
  static let machine = Migration(
    "verifications by machine, their steps, calls and recordings",
    sql: """
      CREATE TABLE verifications_new (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        sender_id TEXT NOT NULL,
        method TEXT NOT NULL CHECK (method IN ('sms', 'voice')),
        language TEXT NOT NULL,
        answered_by TEXT NOT NULL DEFAULT 'person' CHECK (answered_by IN ('person', 'machine')),
        -- The domain's transition table guards it; a check here would have to be made anew with every new state.
        state TEXT NOT NULL,
        is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
        reason TEXT,
        retry_at INTEGER,
        idempotency_key TEXT,
        -- Codes that Meta refused, and those that it still takes when it says so.
        refusals INTEGER NOT NULL,
        tries_left INTEGER,
        -- Reads that did not settle a lost answer, and when the next is due.
        reads INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        -- Calls that Meta was asked for; 1 from before it is asked until its answer is stored.
        calls INTEGER NOT NULL DEFAULT 0,
        is_asking INTEGER NOT NULL DEFAULT 0,
        disrupted_calls INTEGER NOT NULL DEFAULT 0,
        -- The number whose calls are intercepted, how long that lasted before, and when it ends at the latest.
        phone_number TEXT,
        intercepted_ms INTEGER NOT NULL DEFAULT 0,
        armed_at INTEGER,
        deadline_at INTEGER,
        note TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      INSERT INTO verifications_new
        (id, account_id, sender_id, method, language, state, is_open, reason, retry_at, idempotency_key, refusals, reads,
         due_at, calls, note, created_at, updated_at)
      SELECT id, account_id, sender_id, method, language, state, state IN ('requested', 'code_requested', 'submitted'),
        reason, retry_at, idempotency_key, refusals, reads, due_at, state <> 'requested' AND method = 'voice', note,
        created_at, updated_at
      FROM verifications;
      DROP TABLE verifications;
      ALTER TABLE verifications_new RENAME TO verifications;
      CREATE UNIQUE INDEX verifications_open ON verifications (sender_id) WHERE is_open = 1;
      CREATE UNIQUE INDEX verifications_open_number ON verifications (phone_number) WHERE is_open = 1;
      CREATE UNIQUE INDEX verifications_by_key ON verifications (account_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
      CREATE INDEX verifications_due ON verifications (due_at) WHERE is_open = 1;
      CREATE INDEX verifications_of_account ON verifications (account_id, id);
      CREATE INDEX verifications_of_sender ON verifications (sender_id, method, retry_at);

      CREATE TABLE verification_events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        verification_id TEXT NOT NULL,
        event TEXT NOT NULL,
        from_state TEXT NOT NULL,
        to_state TEXT NOT NULL,
        reason TEXT,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX verification_events_of ON verification_events (verification_id, sequence);

      -- Calls that we answered; who called is not kept.
      CREATE TABLE calls (
        call_sid TEXT PRIMARY KEY,
        verification_id TEXT NOT NULL,
        -- answered: waits for its recording; recorded: has one; silent: brought none.
        state TEXT NOT NULL CHECK (state IN ('answered', 'recorded', 'silent')),
        due_at INTEGER NOT NULL,
        lookups INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX calls_of ON calls (verification_id);
      CREATE INDEX calls_due ON calls (due_at) WHERE state = 'answered';

      CREATE TABLE recordings (
        id TEXT PRIMARY KEY,
        verification_id TEXT NOT NULL,
        call_sid TEXT NOT NULL,
        recording_sid TEXT NOT NULL UNIQUE,
        -- announced: at the carrier; stored: here, engines listen; heard, unsure: they have; dropped, deleted: gone.
        state TEXT NOT NULL CHECK (state IN ('announced', 'stored', 'heard', 'unsure', 'dropped', 'deleted')),
        milliseconds INTEGER,
        -- Sealed: the WAV file; what the engines said, with the code.
        audio TEXT,
        hearing TEXT,
        -- When the machine handed its code in: at most once.
        submitted_at INTEGER,
        -- What is due next, and how often it failed.
        due_at INTEGER,
        tries INTEGER NOT NULL DEFAULT 0,
        is_at_carrier INTEGER NOT NULL DEFAULT 1 CHECK (is_at_carrier IN (0, 1)),
        -- When the carrier's copy is deleted, or that is tried again.
        delete_at INTEGER,
        deletions INTEGER NOT NULL DEFAULT 0,
        -- When sound and hearing are deleted at the latest.
        expires_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX recordings_of ON recordings (verification_id);
      CREATE INDEX recordings_due ON recordings (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX recordings_to_delete ON recordings (delete_at) WHERE is_at_carrier = 1 AND delete_at IS NOT NULL;
      CREATE INDEX recordings_expiring ON recordings (expires_at) WHERE audio IS NOT NULL OR hearing IS NOT NULL;
      """)
}
