import Store

extension Schema {
  /// The inventory, and the journal of what the carrier is asked.
  static let numbers = Migration(
    "numbers: the inventory",
    sql: """
      CREATE TABLE numbers (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        phone_number TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('normal', 'sip', 'caller_id')),
        country TEXT NOT NULL,
        nickname TEXT,
        provider TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('buying', 'active', 'releasing', 'released', 'failed')),
        reason TEXT,
        -- The carrier's id; none for a number entered by hand.
        carrier_sid TEXT,
        has_voice INTEGER NOT NULL,
        has_sms INTEGER NOT NULL,
        -- The carrier was called and its answer is not recorded: look before calling again.
        is_called INTEGER NOT NULL,
        -- Failures in a row of what the state says, and when to go on.
        tries INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX numbers_of_account ON numbers (account_id, id);
      -- A number is in one inventory at a time.
      CREATE UNIQUE INDEX numbers_held ON numbers (phone_number) WHERE state IN ('buying', 'active', 'releasing');
      CREATE INDEX numbers_due ON numbers (due_at) WHERE state IN ('buying', 'releasing');
      CREATE UNIQUE INDEX senders_by_inventory ON senders (number_id)
        WHERE deleted_at IS NULL AND number_id IS NOT NULL;
      """)

  /// Numbers in Meta's pool of pre-verified ones, and the journal of what Meta is asked about them.
  static let pool = Migration(
    "pool: numbers verified in advance",
    sql: """
      CREATE TABLE pool_entries (
        sender_id TEXT PRIMARY KEY REFERENCES senders (id),
        account_id TEXT NOT NULL REFERENCES accounts (id),
        number_id TEXT NOT NULL REFERENCES numbers (id),
        phone_number TEXT NOT NULL,
        state TEXT NOT NULL
          CHECK (state IN ('adding', 'added', 'verified', 'expired', 'claimed', 'removing', 'removed', 'failed')),
        -- Meta's id.
        preverified_id TEXT,
        verified_at INTEGER,
        expires_at INTEGER,
        -- The end of the verification that the account was warned of.
        warned_of INTEGER,
        -- Who claimed the number, once somebody has.
        waba_id TEXT,
        phone_number_id TEXT,
        is_called INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX pool_entries_of_account ON pool_entries (account_id, number_id);
      CREATE INDEX pool_entries_due ON pool_entries (due_at) WHERE state IN ('adding', 'removing');
      CREATE INDEX pool_entries_open ON pool_entries (state) WHERE state IN ('added', 'verified', 'expired');
      """)

  /// A number that a signup has just claimed is not on Meta's list before we hear of the signup.
  static let poolAbsence = Migration(
    "pool: since when Meta does not list a number",
    sql: "ALTER TABLE pool_entries ADD COLUMN missing_since INTEGER;")
}
