import Store

/// The front of the outbox: what is handed over in one call.
struct OutboxedEvents: Sendable {
  struct Entry: Sendable {
    var sequence: Int64
    /// JSON of HandedEvent.
    var event: [UInt8]
  }

  var entries: [Entry]

  /// The oldest entries: at most `limit`, and `bytes` in all; a single one may be larger.
  static func front(limit: Int, bytes: Int, _ connection: Connection) throws -> OutboxedEvents {
    var entries: [Entry] = []
    var total = 0
    var isFull = false
    try connection.forEach("SELECT sequence, event FROM event_outbox ORDER BY sequence LIMIT ?", limit) { row in
      if isFull { return }
      let entry = Entry(sequence: try row.int64(0), event: try row.blob(1))
      total += entry.event.count
      isFull = total > bytes && !entries.isEmpty
      if !isFull { entries.append(entry) }
    }
    return OutboxedEvents(entries: entries)
  }

  /// Takes out what was handed over; those at the places of `refused` are kept aside.
  func finish(refused: [(place: Int, reason: String)], at now: Int64, _ connection: Connection) throws {
    guard let first = entries.first, let last = entries.last else { return }
    for (place, reason) in refused {
      try connection.execute(
        """
        INSERT INTO event_outbox_refused (sequence, conversation_id, event, reason, at)
        SELECT sequence, conversation_id, event, ?, ? FROM event_outbox WHERE sequence = ?
        """, reason, now, entries[place].sequence)
    }
    try connection.execute(
      "DELETE FROM event_outbox WHERE sequence >= ? AND sequence <= ?", first.sequence, last.sequence)
  }
}
