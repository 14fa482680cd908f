import Contracts
import JSON
import Store

/// Stores an event and its deliveries in one transaction.
enum EventRow {
  private static let insertSQL = """
    INSERT INTO events (id, account_id, type, sender_id, conversation_id, message_id, status, sequence, body,
      occurred_at, received_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING
    """

  /// A step of a message: idempotent by event id.
  static func record(_ event: StatusEvent, to place: EventPlace, at now: Int64, _ connection: Connection) throws
    -> ReceiptsAPI.RecordEvents.Outcome
  {
    guard ReceiptPayload.knows(event.status) else { return .refused }
    let body = try JSONCoder.encode(ReceiptPayload(event, sender: place.sender))
    try connection.execute(
      insertSQL, event.id.text, event.accountID.text, PlatformEvent.Kind.messageStatus.rawValue, event.senderID.text,
      event.conversationID?.text, event.messageID.text, event.status.rawValue, event.sequence, body,
      event.occurredAt.milliseconds, now)
    if connection.changes == 0 { return .known }
    if let webhook = place.webhook {
      try DeliveryRow.insert(event: event, webhook: webhook, at: now, connection)
    }
    return .stored
  }

  /// Anything else: idempotent by event id.
  static func record(_ event: HandedEvent.Happening, at now: Int64, _ connection: Connection) throws
    -> ReceiptsAPI.RecordEvents.Outcome
  {
    // A status has a member of its own: as a happening it would be no receipt.
    guard event.type != .messageStatus, event.data.object != nil else { return .refused }
    try connection.execute(
      insertSQL, event.id.text, event.accountID.text, event.type.rawValue, event.senderID?.text,
      event.conversationID?.text, String?.none, String?.none, Int?.none, try JSONCoder.encode(event.data),
      event.occurredAt.milliseconds, now)
    return connection.changes == 0 ? .known : .stored
  }

  /// The newest position ever given; 0 before the first.
  static func newest(_ connection: Connection) throws -> Int64 {
    try connection.first("SELECT seq FROM sqlite_sequence WHERE name = 'events'") { try $0.int64(0) } ?? 0
  }
}
