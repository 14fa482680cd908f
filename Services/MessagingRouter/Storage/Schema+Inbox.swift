import Store

extension Schema {
  /// Messages and statuses of a body are finished independently of each other.
  static let inboxLanes = Migration(
    "lanes of the inbox",
    sql: """
      -- bits of the lanes that are through with it: 1 messages and all else, 2 statuses
      ALTER TABLE inbox ADD COLUMN lanes_done INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE inbox_awaited_numbers (
        inbox_id INTEGER NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
        lane INTEGER NOT NULL,
        phone_number_id TEXT NOT NULL,
        PRIMARY KEY (inbox_id, lane, phone_number_id)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO inbox_awaited_numbers (inbox_id, lane, phone_number_id)
      SELECT a.inbox_id, l.value, a.phone_number_id FROM inbox_awaited a, json_each('[1,2]') l;
      DROP TABLE inbox_awaited;
      ALTER TABLE inbox_awaited_numbers RENAME TO inbox_awaited;
      CREATE INDEX inbox_awaited_by_number ON inbox_awaited (phone_number_id, lane, inbox_id);
      """)
}
