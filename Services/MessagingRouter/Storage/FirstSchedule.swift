import Store

/// The first schedule's tables: one due time for each conversation and each sender. `OutboundSchedule` replaced them.
enum FirstSchedule {
  private static let isOpen =
    "status = 'online' AND phone_number_id IS NOT NULL AND access_token IS NOT NULL"

  /// A conversation's lane after one of its messages changed.
  private static let renewLane = """
    DELETE FROM outbound_lanes WHERE conversation_id = NEW.conversation_id;
    INSERT INTO outbound_lanes (conversation_id, sender_id, message_id, due_at)
    SELECT conversation_id, sender_id, id, due_at
    FROM messages
    WHERE conversation_id = NEW.conversation_id AND status = 'queued'
      AND NOT EXISTS (
        SELECT 1 FROM messages s WHERE s.conversation_id = NEW.conversation_id AND s.status = 'sending')
    ORDER BY sequence
    LIMIT 1;
    """

  private static func setOpen(_ value: String, of sender: String) -> String {
    """
    INSERT INTO outbound_senders (sender_id, is_open)
    SELECT \(sender), 0
    WHERE NOT EXISTS (SELECT 1 FROM outbound_senders WHERE sender_id = \(sender));
    UPDATE outbound_senders SET is_open = \(value) WHERE sender_id = \(sender);
    """
  }

  static let migration = Migration(
    "outbound schedule",
    sql: """
      CREATE TABLE outbound_lanes (
        conversation_id TEXT PRIMARY KEY,
        sender_id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        due_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX outbound_lanes_due ON outbound_lanes (sender_id, due_at, message_id);
      CREATE TABLE outbound_senders (
        sender_id TEXT PRIMARY KEY,
        is_open INTEGER NOT NULL,
        next_due INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX outbound_senders_due ON outbound_senders (next_due) WHERE is_open = 1 AND next_due IS NOT NULL;

      CREATE TRIGGER message_queued AFTER INSERT ON messages WHEN NEW.status = 'queued'
      BEGIN
        \(renewLane)
      END;
      CREATE TRIGGER message_moved AFTER UPDATE OF status, due_at ON messages
      WHEN OLD.status IN ('queued', 'sending') OR NEW.status IN ('queued', 'sending')
      BEGIN
        \(renewLane)
      END;

      CREATE TRIGGER lane_made AFTER INSERT ON outbound_lanes
      BEGIN
        INSERT INTO outbound_senders (sender_id, is_open)
        SELECT NEW.sender_id, EXISTS (SELECT 1 FROM replica_senders WHERE sender_id = NEW.sender_id AND \(isOpen))
        WHERE NOT EXISTS (SELECT 1 FROM outbound_senders WHERE sender_id = NEW.sender_id);
        UPDATE outbound_senders SET next_due = NEW.due_at
        WHERE sender_id = NEW.sender_id AND (next_due IS NULL OR next_due > NEW.due_at);
      END;
      CREATE TRIGGER lane_ended AFTER DELETE ON outbound_lanes
      BEGIN
        UPDATE outbound_senders
        SET next_due = (SELECT min(due_at) FROM outbound_lanes WHERE sender_id = OLD.sender_id)
        WHERE sender_id = OLD.sender_id;
      END;

      -- the replica replaces rows by DELETE and INSERT
      CREATE TRIGGER sender_learned AFTER INSERT ON replica_senders
      BEGIN
        \(setOpen("(SELECT \(isOpen) FROM replica_senders WHERE sender_id = NEW.sender_id)", of: "NEW.sender_id"))
      END;
      CREATE TRIGGER sender_changed AFTER UPDATE ON replica_senders
      BEGIN
        \(setOpen("(SELECT \(isOpen) FROM replica_senders WHERE sender_id = NEW.sender_id)", of: "NEW.sender_id"))
      END;
      CREATE TRIGGER sender_forgotten AFTER DELETE ON replica_senders
      BEGIN
        UPDATE outbound_senders SET is_open = 0 WHERE sender_id = OLD.sender_id;
      END;
      """)
}
