import Contracts
import JSON
import Store

/// Says of queued messages what they wait for: found out when somebody reads them, so that sending writes nothing for it.
enum MessageWaiting {
  /// The messages, with the reasons of those that are queued: two more questions for a page, one more for each sender
  /// in it, none where nothing is queued.
  static func told(_ messages: [Message], at now: Int64, _ connection: Connection) throws -> [Message] {
    let queued = messages.filter { $0.status == .queued }
    if queued.isEmpty { return messages }
    let facts = try facts(of: queued.map(\.id.text), connection)
    var senders: [SenderID: (isOnline: Bool, pauses: [SenderLimits.Pause])] = [:]
    for sender in Set(queued.map(\.senderID)) {
      let isOnline = try connection.first(
        "SELECT 1 FROM replica_senders r WHERE r.sender_id = ? AND \(OutboundSchedule.isOpen)", sender.text,
        map: { _ in true })
      senders[sender] = (
        isOnline == true, try OutboundGates.closed(sender: sender.text, at: now, connection)
      )
    }
    return messages.map { message in
      guard let facts = facts[message.id.text], let sender = senders[message.senderID] else { return message }
      let reason = WaitingReason.of(facts, isOnline: sender.isOnline, pauses: sender.pauses, at: now)
      var message = message
      message.waiting = reason.waiting
      message.waitingUntil = reason.until.map { Timestamp(milliseconds: $0) }
      return message
    }
  }

  /// The messages of a page first, each looked up: however many are queued beside them.
  static let factsSQL = """
    SELECT m.id, CASE m.is_scheduled WHEN 1 THEN m.send_at END, m.priority, l.message_sequence IS m.sequence,
      coalesce(l.needs_slot, 0), coalesce(m.due_at, 0), m.error_code IS NOT NULL, c.pair_free_at
    FROM json_each(?) j
    CROSS JOIN messages m ON m.id = j.value
    JOIN conversations c ON c.id = m.conversation_id
    LEFT JOIN outbound_lanes l ON l.conversation_id = m.conversation_id
    WHERE m.status = 'queued'
    """

  /// Of those that are still queued.
  private static func facts(of messages: [String], _ connection: Connection) throws -> [String: WaitingReason.Facts] {
    let rows = try connection.all(factsSQL, String(decoding: try JSONCoder.encode(messages), as: UTF8.self)) { row in
      (
        try row.text(0),
        WaitingReason.Facts(
          scheduledUntil: try row.optionalInt64(1),
          isBroadcast: NewMessage.Priority(rawValue: try row.int(2)) == .broadcast, isNext: try row.bool(3),
          needsSlot: try row.bool(4), dueAt: try row.int64(5), wasTried: try row.bool(6),
          pairFreeAt: try row.int64(7))
      )
    }
    return Dictionary(rows) { first, _ in first }
  }
}
