import Store

extension Schema {
  /// Sound lies apart from the facts about it: a row of one and a half megabytes would be written anew with each step.
  static let recordingSounds = Migration(
    "sound of recordings, and the key of the links to it",
    sql: """
      DROP INDEX recordings_expiring;
      ALTER TABLE recordings DROP COLUMN audio;
      CREATE TABLE recording_sounds (
        recording_id TEXT PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
        -- Sealed: the WAV file.
        audio TEXT NOT NULL
      ) STRICT;
      -- Those that have, or may get, sound and a hearing.
      CREATE INDEX recordings_expiring ON recordings (expires_at) WHERE state NOT IN ('dropped', 'deleted');
      CREATE INDEX recordings_ended ON recordings (updated_at) WHERE state IN ('dropped', 'deleted');

      CREATE TABLE listening_keys (
        id TEXT PRIMARY KEY,
        -- Sealed: 32 random bytes.
        secret TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      """)
}
