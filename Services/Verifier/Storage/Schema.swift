import Store
import Workers

/// The tables of `verifier`. Append only: a released step never changes.
enum Schema {
  /// Every column with sealed values.
  static let sealed = SenderReplica.sealed + [SavedAnswers.sealed] + RecordingRow.sealed + [InterceptionRow.sealed]

  static let migrations: [Migration] = [
    SenderReplica.migration,
    Migration(
      "verifications and outbox",
      sql: """
        CREATE TABLE verifications (
          id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          sender_id TEXT NOT NULL,
          method TEXT NOT NULL CHECK (method IN ('sms', 'voice')),
          language TEXT NOT NULL,
          state TEXT NOT NULL
            CHECK (state IN ('requested', 'code_requested', 'submitted', 'verified', 'failed', 'expired')),
          reason TEXT,
          retry_at INTEGER,
          idempotency_key TEXT,
          -- Codes that Meta refused.
          refusals INTEGER NOT NULL,
          -- Reads that did not settle a lost answer, and when the next is due.
          reads INTEGER NOT NULL,
          due_at INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX verifications_open ON verifications (sender_id)
          WHERE state IN ('requested', 'code_requested', 'submitted');
        CREATE UNIQUE INDEX verifications_by_key ON verifications (account_id, idempotency_key)
          WHERE idempotency_key IS NOT NULL;
        CREATE INDEX verifications_due ON verifications (due_at)
          WHERE state IN ('requested', 'code_requested', 'submitted');
        """),
    Migration("outbox to the registry", sql: RegistryOutbox.queue.schema),
    // From here on keys are kept there; the column `idempotency_key` is no longer written.
    SavedAnswers.migration,
    SenderReplica.originMigration,
    Migration("verifications: what could not be checked", sql: "ALTER TABLE verifications ADD COLUMN note TEXT;"),
    SenderReplica.stagingIndex,
    machine,
    interceptions,
    recordingSounds,
    interceptionOrigins,
  ]
}
