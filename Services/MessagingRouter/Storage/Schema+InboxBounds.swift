import Store

extension Schema {
  /// What bounds bodies that wait for a number, each number for itself, and what is set aside.
  static let inboxBounds = Migration(
    "bounds of what waits and is set aside",
    sql: """
      -- those that are kept longer than others
      CREATE INDEX inbox_poison_whole ON inbox_poison (id) WHERE length(raw) > \(InboxRow.keptBytes);

      -- the number that a deferred body counts for
      ALTER TABLE inbox ADD COLUMN deferred_for TEXT;
      UPDATE inbox
      SET deferred_for = coalesce((SELECT min(phone_number_id) FROM inbox_awaited WHERE inbox_id = inbox.id), '')
      WHERE state = 2;
      CREATE INDEX inbox_deferred_for ON inbox (deferred_for, id) WHERE state = 2;
      -- what waits, by number: counted by triggers, whoever takes a body out
      CREATE TABLE inbox_deferred_totals (
        phone_number_id TEXT PRIMARY KEY,
        bodies INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        -- how many have given way in all
        given_up INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      INSERT INTO inbox_deferred_totals (phone_number_id, bodies, bytes)
      SELECT deferred_for, count(*), sum(length(body)) FROM inbox WHERE state = 2 GROUP BY deferred_for;
      CREATE TRIGGER inbox_body_deferred AFTER UPDATE OF state ON inbox WHEN NEW.state = 2 AND OLD.state <> 2
      BEGIN
        INSERT INTO inbox_deferred_totals (phone_number_id, bodies, bytes)
        SELECT NEW.deferred_for, 0, 0
        WHERE NOT EXISTS (SELECT 1 FROM inbox_deferred_totals WHERE phone_number_id = NEW.deferred_for);
        UPDATE inbox_deferred_totals SET bodies = bodies + 1, bytes = bytes + length(NEW.body)
        WHERE phone_number_id = NEW.deferred_for;
      END;
      CREATE TRIGGER inbox_body_revived AFTER UPDATE OF state ON inbox WHEN OLD.state = 2 AND NEW.state <> 2
      BEGIN
        UPDATE inbox_deferred_totals SET bodies = bodies - 1, bytes = bytes - length(OLD.body)
        WHERE phone_number_id = OLD.deferred_for;
      END;
      CREATE TRIGGER inbox_body_gone AFTER DELETE ON inbox WHEN OLD.state = 2
      BEGIN
        UPDATE inbox_deferred_totals SET bodies = bodies - 1, bytes = bytes - length(OLD.body)
        WHERE phone_number_id = OLD.deferred_for;
      END;
      """)
}
