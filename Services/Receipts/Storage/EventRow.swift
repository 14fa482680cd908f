import Contracts
import JSON
import Store

/// Stores a status event and its deliveries in one transaction.
enum EventRow {
  /// Idempotent by event id.
  static func record(_ event: StatusEvent, at now: Int64, _ connection: Connection) throws
    -> ReceiptsAPI.RecordEvents.Outcome
  {
    guard ReceiptPayload.knows(event.status) else { return .refused }
    let isKnown = try connection.first("SELECT 1 FROM events WHERE id = ?", event.id.text, map: { _ in true })
    if isKnown == true { return .known }
    // A sender that the replica does not know yet costs the payload its name, never the event.
    let sender =
      try SenderRow.find(id: event.senderID, account: event.accountID.text, connection)
      ?? SenderRow(id: event.senderID, phoneNumber: nil, displayName: nil)
    let body = try JSONCoder.encode(ReceiptPayload(event, sender: sender))
    try connection.execute(
      """
      INSERT INTO events (id, account_id, sender_id, message_id, status, sequence, body, received_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, event.id.text, event.accountID.text, event.senderID.text, event.messageID.text, event.status.rawValue,
      event.sequence, body, now)
    if let webhook = try WebhookRow.find(sender: event.senderID, account: event.accountID.text, connection) {
      try DeliveryRow.insert(event: event, webhook: webhook.id, at: now, connection)
    }
    return .stored
  }
}
