import Store

extension Schema {
  /// The journal of voice routes: a row is there before anything is changed at the carrier, and ends only when the
  /// number is known to be as it was.
  static let interceptions = Migration(
    "interceptions",
    sql: """
      CREATE TABLE interceptions (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('session', 'permanent')),
        verification_id TEXT,
        sender_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        phone_number TEXT NOT NULL,
        -- The carrier's id of the number, and its whole route as it was: NULL until it has been read.
        number_sid TEXT,
        original TEXT,
        -- The URL that calls were sent to instead.
        switched_url TEXT,
        state TEXT NOT NULL CHECK (state IN
          ('ordered', 'journalled', 'armed', 'restoring', 'restored', 'left_alone', 'failed')),
        wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
        deadline_at INTEGER,
        -- Failures in a row of what is being tried now.
        attempts INTEGER NOT NULL,
        -- Until when a change whose answer was lost may still take effect.
        unsettled_until INTEGER,
        due_at INTEGER NOT NULL,
        last_error TEXT,
        note TEXT,
        alerted INTEGER NOT NULL CHECK (alerted IN (0, 1)),
        created_at INTEGER NOT NULL,
        armed_at INTEGER,
        ended_at INTEGER,
        CHECK ((kind = 'session') = (verification_id IS NOT NULL)),
        CHECK ((ended_at IS NOT NULL) = (state IN ('restored', 'left_alone', 'failed')))
      ) STRICT;
      CREATE UNIQUE INDEX interceptions_unfinished ON interceptions (phone_number, kind) WHERE ended_at IS NULL;
      CREATE INDEX interceptions_due ON interceptions (due_at) WHERE ended_at IS NULL;
      CREATE INDEX interceptions_by_number ON interceptions (phone_number, created_at);
      CREATE INDEX interceptions_by_verification ON interceptions (verification_id)
        WHERE verification_id IS NOT NULL;
      CREATE INDEX interceptions_ended ON interceptions (ended_at) WHERE ended_at IS NOT NULL;
      """)

  /// Settings change between two lives: what a row was switched with stays known.
  static let interceptionOrigins = Migration(
    "interceptions: the carrier's account, and the URLs of earlier settings",
    sql: """
      -- The carrier's account in which the number was found; NULL for rows from before, and until it has been read.
      ALTER TABLE interceptions ADD COLUMN carrier_account TEXT;
      -- The URLs that calls were sent to before `switched_url`, one a line.
      ALTER TABLE interceptions ADD COLUMN earlier_urls TEXT;
      """)
}
