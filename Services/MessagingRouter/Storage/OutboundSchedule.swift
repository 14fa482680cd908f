import Store

/// What is to be sent next: kept by triggers, so that whatever changes a message or a sender keeps it right.
///
/// `outbound_lanes` has the oldest queued message of each conversation that has none on its way: order within a
/// conversation. `outbound_senders` has when a sender's first lane falls due, and whether it may send. Both are looked
/// up through indexes: neither a long queue of one conversation nor thousands of offline senders cost a scan.
enum OutboundSchedule {
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

  /// When the next message that may be sent falls due: past moments count as due now; nil when none waits.
  static let nextDue = """
    SELECT next_due FROM outbound_senders WHERE is_open = 1 AND next_due IS NOT NULL ORDER BY next_due LIMIT 1
    """

  /// Senders with something due, the longest waiting first.
  static let dueSenders = """
    SELECT sender_id FROM outbound_senders
    WHERE is_open = 1 AND next_due IS NOT NULL AND next_due <= ?
    ORDER BY next_due LIMIT ?
    """

  /// A sender's due messages, at most one of a conversation.
  static let dueMessages = """
    SELECT m.id, m.sender_id, r.phone_number_id, r.access_token, p.phone_number, p.user_id, m.send_attempts, \(OutboundBody.columns)
    FROM outbound_lanes l
    JOIN messages m ON m.id = l.message_id
    JOIN replica_senders r ON r.sender_id = l.sender_id
    JOIN conversations c ON c.id = l.conversation_id
    JOIN contacts p ON p.id = c.contact_id
    WHERE l.sender_id = ? AND l.due_at <= ?
    ORDER BY l.due_at, l.message_id
    LIMIT ?
    """
}
