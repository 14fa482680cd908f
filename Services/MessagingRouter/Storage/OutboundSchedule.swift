import Store

/// What is to be sent next: kept by triggers, so that whatever changes a message or a sender keeps it right.
///
/// `outbound_lanes` has the next message of each conversation that has none on its way: the lowest priority, then the
/// oldest. `outbound_groups` has when the first lane of a sender's priority falls due, and until when that group is held
/// back; a lane that needs a place among the portfolio's people of the day is in a group of its own. Closing a gate
/// touches the groups it concerns, never the lanes in them, and everything is looked up through indexes: half a million
/// queued messages, or thousands of senders that are offline, cost no scan.
enum OutboundSchedule {
  static let isOpen = "r.status = 'online' AND r.phone_number_id IS NOT NULL AND r.access_token IS NOT NULL"

  /// The portfolio that a sender's limit belongs to. Which one it is was told by a browser, so it is believed within
  /// the account only.
  static func portfolio(_ row: String) -> String {
    "\(row).account_id || ':' || coalesce(\(row).portfolio_id, \(row).waba_id, \(row).sender_id)"
  }

  /// Senders of one portfolio, by the index over that.
  static func samePortfolio(_ row: String, as other: String) -> String {
    "\(portfolio(row)) = \(portfolio(other))"
  }

  private static func gate(_ scope: String, _ key: String) -> String {
    "coalesce((SELECT until FROM outbound_gates WHERE scope = '\(scope)' AND key = \(key)), 0)"
  }

  /// Until when a group is held back: the largest integer while its sender may not send at all.
  static func freeAt(sender: String, needsSlot: String, priority: String) -> String {
    """
    coalesce((
      SELECT max(
        \(gate("sender", "r.sender_id")), \(gate("account", "r.waba_id")),
        CASE \(priority) WHEN 2 THEN \(gate("broadcasts", "r.sender_id")) ELSE 0 END,
        CASE \(needsSlot) WHEN 1 THEN \(gate("portfolio", portfolio("r"))) ELSE 0 END)
      FROM replica_senders r WHERE r.sender_id = \(sender) AND \(isOpen)), \(Int64.max))
    """
  }

  /// Opens and closes the groups of senders again, after a gate or a sender changed.
  static func reopen(where condition: String) -> String {
    """
    UPDATE outbound_groups
    SET free_at = \(freeAt(
      sender: "outbound_groups.sender_id", needsSlot: "outbound_groups.needs_slot", priority: "outbound_groups.priority"))
    WHERE \(condition)
    """
  }

  /// Puts the next message of a conversation into its lane.
  private static let fillLane = """
    INSERT INTO outbound_lanes (conversation_id, sender_id, needs_slot, priority, due_at, message_sequence)
    SELECT m.conversation_id, m.sender_id,
      m.type = 'template' AND coalesce(c.window_expires_at, 0) <= NEW.updated_at AND NOT EXISTS (
        SELECT 1 FROM portfolio_slots p
        WHERE p.contact_id = c.contact_id AND p.reserved_at > NEW.updated_at - \(PortfolioLimit.day)),
      m.priority,
      -- a clock that was ahead must not silence a conversation once it is right again
      max(coalesce(m.due_at, 0), min(c.pair_free_at, NEW.updated_at + \(PairRate.longestWait))), m.sequence
    FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.conversation_id = NEW.conversation_id AND m.status = 'queued' AND m.is_scheduled = 0
      AND NOT EXISTS (SELECT 1 FROM messages s WHERE s.conversation_id = NEW.conversation_id AND s.status = 'sending')
    ORDER BY m.priority, m.sequence
    LIMIT 1;
    """

  /// A group after one of its lanes came, or was put off.
  private static let noteLane = """
    UPDATE outbound_groups SET next_due = NEW.due_at
    WHERE sender_id = NEW.sender_id AND needs_slot = NEW.needs_slot AND priority = NEW.priority
      AND (next_due IS NULL OR next_due > NEW.due_at);
    INSERT INTO outbound_groups (sender_id, needs_slot, priority, next_due, free_at)
    SELECT NEW.sender_id, NEW.needs_slot, NEW.priority, NEW.due_at,
      \(freeAt(sender: "NEW.sender_id", needsSlot: "NEW.needs_slot", priority: "NEW.priority"))
    WHERE NOT EXISTS (
      SELECT 1 FROM outbound_groups
      WHERE sender_id = NEW.sender_id AND needs_slot = NEW.needs_slot AND priority = NEW.priority);
    """

  /// After the registry told of a sender: what stopped the number may be mended, and the limit may be another.
  private static let learnSender = """
    UPDATE outbound_gates SET until = 0 WHERE scope = 'sender' AND key = NEW.sender_id AND needs_attention = 1;
    DELETE FROM outbound_gates WHERE scope = 'portfolio' AND key = \(portfolio("NEW"));
    \(reopen(where: """
      sender_id = NEW.sender_id OR sender_id IN (
        SELECT n.sender_id FROM replica_senders n WHERE \(samePortfolio("n", as: "NEW")))
      """));
    """

  private static let queuedTrigger = """
    CREATE TRIGGER message_queued AFTER INSERT ON messages
    WHEN NEW.status = 'queued' AND coalesce(NEW.send_at, 0) <= NEW.created_at
      -- one of its priority that came earlier is in the lane already
      AND NOT EXISTS (
        SELECT 1 FROM outbound_lanes WHERE conversation_id = NEW.conversation_id AND priority <= NEW.priority)
    BEGIN
      DELETE FROM outbound_lanes WHERE conversation_id = NEW.conversation_id;
      \(fillLane)
    END;
    """

  private static let movedTrigger = """
    CREATE TRIGGER message_moved AFTER UPDATE OF status, due_at, priority, is_scheduled ON messages
    WHEN NEW.status <> 'sending' AND (OLD.status IN ('queued', 'sending') OR NEW.status = 'queued')
    BEGIN
      DELETE FROM outbound_lanes WHERE conversation_id = NEW.conversation_id;
      \(fillLane)
    END;
    """

  /// For a database whose lanes are filled in an earlier version's way.
  static let refilled = """
    DROP TRIGGER message_queued;
    DROP TRIGGER message_moved;
    \(queuedTrigger)
    \(movedTrigger)
    """

  /// Tables and triggers, for the migration.
  static let schema = """
    CREATE TABLE outbound_lanes (
      conversation_id TEXT PRIMARY KEY,
      sender_id TEXT NOT NULL,
      -- 1 while it would count as writing to somebody first, in the portfolio's rolling day
      needs_slot INTEGER NOT NULL,
      priority INTEGER NOT NULL,
      due_at INTEGER NOT NULL,
      message_sequence INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outbound_lanes_due ON outbound_lanes (sender_id, needs_slot, priority, due_at, message_sequence);
    CREATE TABLE outbound_groups (
      sender_id TEXT NOT NULL,
      needs_slot INTEGER NOT NULL,
      priority INTEGER NOT NULL,
      -- when its first lane falls due, or earlier: put right when somebody looks
      next_due INTEGER,
      free_at INTEGER NOT NULL,
      PRIMARY KEY (sender_id, needs_slot, priority)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outbound_groups_due ON outbound_groups (max(next_due, free_at)) WHERE next_due IS NOT NULL;

    CREATE TRIGGER message_scheduled AFTER INSERT ON messages
    WHEN NEW.status = 'queued' AND NEW.send_at > NEW.created_at
    BEGIN
      UPDATE messages SET is_scheduled = 1 WHERE sequence = NEW.sequence;
    END;
    \(queuedTrigger)
    CREATE TRIGGER message_begun AFTER UPDATE OF status ON messages WHEN NEW.status = 'sending'
    BEGIN
      DELETE FROM outbound_lanes WHERE conversation_id = NEW.conversation_id;
    END;
    \(movedTrigger)
    CREATE TRIGGER message_gone AFTER DELETE ON messages WHEN OLD.status IN ('queued', 'sending')
    BEGIN
      DELETE FROM outbound_lanes WHERE message_sequence = OLD.sequence AND conversation_id = OLD.conversation_id;
    END;

    CREATE TRIGGER lane_made AFTER INSERT ON outbound_lanes
    BEGIN
      \(noteLane)
    END;
    CREATE TRIGGER lane_changed AFTER UPDATE OF needs_slot, due_at, priority ON outbound_lanes
    BEGIN
      \(noteLane)
    END;
    -- inside of the window nobody is written to first
    CREATE TRIGGER window_opened AFTER UPDATE OF window_expires_at ON conversations
    WHEN NEW.window_expires_at > coalesce(OLD.window_expires_at, 0)
    BEGIN
      UPDATE outbound_lanes SET needs_slot = 0 WHERE conversation_id = NEW.id AND needs_slot = 1;
    END;

    -- the replica replaces rows by DELETE and INSERT
    CREATE INDEX replica_senders_by_portfolio
      ON replica_senders (account_id || ':' || coalesce(portfolio_id, waba_id, sender_id));
    CREATE INDEX IF NOT EXISTS replica_senders_by_waba ON replica_senders (waba_id);
    CREATE TRIGGER sender_learned AFTER INSERT ON replica_senders
    BEGIN
      \(learnSender)
    END;
    CREATE TRIGGER sender_changed AFTER UPDATE ON replica_senders
    BEGIN
      \(learnSender)
    END;
    CREATE TRIGGER sender_forgotten AFTER DELETE ON replica_senders
    BEGIN
      UPDATE outbound_groups SET free_at = \(Int64.max) WHERE sender_id = OLD.sender_id;
    END;
    """

  /// When the next group falls due; the largest integer when all are held back without an end.
  static let nextDue = """
    SELECT max(next_due, free_at) FROM outbound_groups
    WHERE next_due IS NOT NULL
    ORDER BY max(next_due, free_at)
    LIMIT 1
    """

  /// Groups with something due that nothing holds back, the longest waiting first, and their senders.
  static let dueGroups = """
    SELECT g.sender_id, g.needs_slot, g.priority, r.account_id, r.phone_number_id, r.access_token, r.waba_id,
      \(portfolio("r")), r.throughput, r.origin,
      EXISTS (SELECT 1 FROM outbound_gates WHERE scope = 'sender' AND key = g.sender_id AND needs_attention = 1)
    FROM outbound_groups g
    JOIN replica_senders r ON r.sender_id = g.sender_id
    WHERE g.next_due IS NOT NULL AND max(g.next_due, g.free_at) <= ?
    ORDER BY max(g.next_due, g.free_at)
    LIMIT ?
    """

  /// A group's due messages, one of a conversation.
  static let dueMessages = """
    SELECT \(OutboundRow.columns)
    FROM outbound_lanes l
    JOIN messages m ON m.sequence = l.message_sequence
    JOIN conversations c ON c.id = l.conversation_id
    JOIN contacts p ON p.id = c.contact_id
    WHERE l.sender_id = ? AND l.needs_slot = ? AND l.priority = ? AND l.due_at <= ?
    ORDER BY l.due_at, l.message_sequence
    LIMIT ?
    """

  /// A group after its lanes were looked at.
  static let settleGroup = """
    UPDATE outbound_groups
    SET next_due = (
      SELECT min(due_at) FROM outbound_lanes WHERE sender_id = ?1 AND needs_slot = ?2 AND priority = ?3)
    WHERE sender_id = ?1 AND needs_slot = ?2 AND priority = ?3
    """
}
