import Contracts
import Store

extension Delivery {
  static let listSQL = """
    SELECT d.id, d.event_id, d.webhook_id, e.message_id, e.status, d.state, d.due_at, d.created_at, e.type, d.sender_id,
      d.is_replay
    FROM deliveries d
    JOIN events e ON e.id = d.event_id
    WHERE d.sender_id = ? AND d.account_id = ? AND d.id < ?
    ORDER BY d.id DESC
    LIMIT ?
    """

  /// A page of a sender's deliveries with their attempts, newest first.
  static func list(sender: SenderID, account: String, before: DeliveryID?, limit: Int, _ connection: Connection) throws
    -> [Delivery]
  {
    // `~` sorts after every identifier.
    let page = try connection.all(listSQL, sender.text, account, before?.text ?? "~", limit) { row in
      let state = State(rawValue: try row.text(5)) ?? .waiting
      return Delivery(
        id: DeliveryID(trusted: try row.text(0)), eventID: EventID(trusted: try row.text(1)),
        webhookID: WebhookID(trusted: try row.text(2)),
        eventType: PlatformEvent.Kind(rawValue: try row.text(8)) ?? .messageStatus,
        senderID: try row.optionalText(9).map { SenderID(trusted: $0) },
        messageID: try row.optionalText(3).map { MessageID(trusted: $0) },
        status: try row.optionalText(4).map { MessageStatus(rawValue: $0) ?? .unknown }, state: state,
        isReplay: try row.bool(10), attempts: [],
        nextAttemptAt: state == .waiting ? Timestamp(milliseconds: try row.int64(6)) : nil,
        createdAt: Timestamp(milliseconds: try row.int64(7)))
    }
    return try page.map { delivery in
      var delivery = delivery
      delivery.attempts = try DeliveryAttempt.list(delivery: delivery.id, connection)
      return delivery
    }
  }
}
