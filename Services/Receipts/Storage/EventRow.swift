import Contracts
import Store

/// Stores an event and its deliveries in one transaction.
enum EventRow {
  private static let insertSQL = """
    INSERT INTO events (id, account_id, type, sender_id, conversation_id, message_id, status, sequence, body,
      occurred_at, received_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING
    """

  /// Idempotent by event id. The deliveries of a new one are part of the same transaction.
  static func record(
    _ event: NewEvent, to webhooks: [WebhookRow], at now: Int64, _ connection: Connection
  ) throws -> ReceiptsAPI.RecordEvents.Outcome {
    let status = event.status
    try connection.execute(
      insertSQL, event.id.text, event.account.text, event.type.rawValue, event.sender?.text, event.conversation?.text,
      status?.messageID.text, status?.status.rawValue, status?.sequence, event.body, event.occurredAt.milliseconds, now)
    if connection.changes == 0 { return .known }
    let position = connection.lastInsertRowID
    for webhook in webhooks {
      try DeliveryRow.insert(event, at: position, to: webhook, now: now, connection)
    }
    return .stored
  }

  /// The newest position ever given; 0 before the first.
  static func newest(_ connection: Connection) throws -> Int64 {
    try connection.first("SELECT seq FROM sqlite_sequence WHERE name = 'events'") { try $0.int64(0) } ?? 0
  }
}
