import Contracts
import Crypto
import Store

/// One event on its way to one webhook, as its worker needs it.
struct DeliveryRow: Sendable {
  var id: String
  var eventID: String
  var webhookID: WebhookID
  var url: String
  var sealedSecret: String
  var body: [UInt8]
  /// Attempts begun, this one included.
  var attempts: Int

  private static let columns = """
    d.id, d.event_id, d.webhook_id, w.url, w.secret, e.body, d.attempts
    FROM deliveries d
    JOIN webhooks w ON w.id = d.webhook_id
    JOIN events e ON e.id = d.event_id
    """

  /// Webhooks with something due, at most `limit` of them: one step in the index each, however long their queues.
  static func dueWebhooks(at now: Int64, limit: Int, _ connection: Connection) throws -> [String] {
    try connection.all(
      """
      SELECT w.id
      FROM webhooks w
      WHERE EXISTS (
        SELECT 1 FROM deliveries d
        WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.is_taken = 0 AND d.attempts = 0 AND d.due_at <= ?1)
      OR EXISTS (
        SELECT 1 FROM deliveries d
        WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.is_taken = 0 AND d.attempts > 0 AND d.due_at <= ?1)
      LIMIT ?2
      """, now, limit, map: { try $0.text(0) })
  }

  /// Takes due deliveries of one webhook, new events before retries.
  static func take(webhook: String, limit: Int, at now: Int64, _ connection: Connection) throws -> [DeliveryRow] {
    var rows: [DeliveryRow] = []
    for kind in ["d.attempts = 0", "d.attempts > 0"] where rows.count < limit {
      rows += try connection.all(
        """
        SELECT \(columns)
        WHERE d.webhook_id = ? AND d.state = 'waiting' AND d.is_taken = 0 AND \(kind) AND d.due_at <= ?
        ORDER BY d.due_at
        LIMIT ?
        """, webhook, now, limit - rows.count
      ) { row in
        DeliveryRow(
          id: try row.text(0), eventID: try row.text(1), webhookID: WebhookID(trusted: try row.text(2)),
          url: try row.text(3), sealedSecret: try row.text(4), body: try row.blob(5), attempts: try row.int(6) + 1)
      }
    }
    for row in rows {
      try connection.execute("UPDATE deliveries SET is_taken = 1, attempts = attempts + 1 WHERE id = ?", row.id)
    }
    return rows
  }

  /// When something falls due next; nil when nothing waits.
  static func nextDue(_ connection: Connection) throws -> Int64? {
    try connection.first("SELECT min(due_at) FROM deliveries WHERE state = 'waiting' AND is_taken = 0") {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// At start-up: what a dead predecessor had in hand is tried again. At least once.
  static func releaseTaken(_ connection: Connection) throws -> Int {
    try connection.execute("UPDATE deliveries SET is_taken = 0 WHERE is_taken = 1")
    return connection.changes
  }

  /// Keeps the attempt and what follows from it, in one transaction.
  func finish(_ attempt: DeliveryAttempt, next: DeliveryNext, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO attempts (id, delivery_id, at, milliseconds, dialled_address, http_status, error_class, response)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, attempt.id.text, id, attempt.at.milliseconds, attempt.durationMilliseconds, attempt.dialledAddress,
      attempt.httpStatus, attempt.errorClass, attempt.response)
    switch next {
    case .delivered: try connection.execute("UPDATE deliveries SET state = 'delivered', is_taken = 0 WHERE id = ?", id)
    case .exhausted: try connection.execute("UPDATE deliveries SET state = 'exhausted', is_taken = 0 WHERE id = ?", id)
    case .again(let dueAt):
      try connection.execute("UPDATE deliveries SET due_at = ?, is_taken = 0 WHERE id = ?", dueAt, id)
    }
  }

  /// A page of a sender's deliveries with their attempts, newest first.
  static func list(sender: SenderID, account: String, before: String?, limit: Int, _ connection: Connection) throws
    -> [Delivery]
  {
    let page = try connection.all(
      """
      SELECT d.id, d.event_id, d.webhook_id, e.message_id, e.status, d.state, d.due_at, d.created_at
      FROM deliveries d JOIN events e ON e.id = d.event_id
      WHERE d.sender_id = ? AND d.account_id = ? AND d.id < ?
      ORDER BY d.id DESC
      LIMIT ?
      """, sender.text, account, before ?? "~", limit
    ) { row in
      let state = Delivery.State(rawValue: try row.text(5)) ?? .waiting
      return Delivery(
        id: DeliveryID(trusted: try row.text(0)), eventID: EventID(trusted: try row.text(1)),
        webhookID: WebhookID(trusted: try row.text(2)), messageID: MessageID(trusted: try row.text(3)),
        status: MessageStatus(rawValue: try row.text(4)) ?? .unknown, state: state, attempts: [],
        nextAttemptAt: state == .waiting ? Timestamp(milliseconds: try row.int64(6)) : nil,
        createdAt: Timestamp(milliseconds: try row.int64(7)))
    }
    return try page.map { delivery in
      var delivery = delivery
      delivery.attempts = try attempts(delivery.id, connection)
      return delivery
    }
  }

  private static func attempts(_ delivery: DeliveryID, _ connection: Connection) throws -> [DeliveryAttempt] {
    try connection.all(
      """
      SELECT id, at, milliseconds, dialled_address, http_status, error_class, response
      FROM attempts WHERE delivery_id = ? ORDER BY id LIMIT 50
      """, delivery.text
    ) { row in
      DeliveryAttempt(
        id: AttemptID(trusted: try row.text(0)), at: Timestamp(milliseconds: try row.int64(1)),
        durationMilliseconds: try row.int(2), dialledAddress: try row.optionalText(3),
        httpStatus: try row.optionalInt(4),
        errorClass: try row.optionalText(5), response: try row.optionalText(6))
    }
  }
}
