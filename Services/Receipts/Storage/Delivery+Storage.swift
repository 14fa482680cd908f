import Contracts
import Store

extension Delivery {
  /// Rows that one answer looks at where no index knows the state: some ten milliseconds.
  static let looked = 10_000

  /// The states that `deliveries_set_aside` knows.
  private static let setAside = "('behind', 'held', 'exhausted', 'cancelled')"

  private static let columns = """
    d.id, d.event_id, d.webhook_id, e.message_id, e.status, d.state, d.due_at, d.created_at, e.type, d.sender_id,
    d.is_replay
    """

  static let listSQL = """
    SELECT \(columns)
    FROM deliveries d INDEXED BY deliveries_by_sender
    JOIN events e ON e.id = d.event_id
    WHERE d.sender_id = ? AND d.account_id = ? AND d.id < ?
    ORDER BY d.id DESC
    LIMIT ?
    """

  static let ofWebhookSQL = """
    SELECT \(columns)
    FROM deliveries d INDEXED BY deliveries_by_webhook
    JOIN events e ON e.id = d.event_id
    WHERE d.webhook_id = ? AND d.account_id = ? AND d.id < ?
    ORDER BY d.id DESC
    LIMIT ?
    """

  static let setAsideSQL = """
    SELECT \(columns)
    FROM deliveries d INDEXED BY deliveries_set_aside
    JOIN events e ON e.id = d.event_id
    WHERE d.state IN \(setAside) AND d.webhook_id = ? AND d.account_id = ? AND d.id < ? AND d.state = ?
    ORDER BY d.id DESC
    LIMIT ?
    """

  /// Of the newest few, however many there are.
  static let inStateSQL = """
    SELECT \(columns)
    FROM (
      SELECT * FROM deliveries INDEXED BY deliveries_by_webhook
      WHERE webhook_id = ?1 AND id < ?3
      ORDER BY id DESC
      LIMIT \(looked)
    ) d
    JOIN events e ON e.id = d.event_id
    WHERE d.state = ?4 AND d.account_id = ?2
    ORDER BY d.id DESC
    LIMIT ?5
    """

  private static let lookedSQL = """
    SELECT id FROM deliveries INDEXED BY deliveries_by_webhook
    WHERE webhook_id = ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET \(looked - 1)
    """

  /// A page of a sender's deliveries with their last attempts, newest first.
  static func list(sender: SenderID, account: String, before: DeliveryID?, limit: Int, _ connection: Connection) throws
    -> Page<Delivery>
  {
    // `~` sorts after every identifier.
    let found = try connection.all(
      listSQL, sender.text, account, before?.text ?? "~", limit + 1, map: Self.init)
    var page = PageRequest.page(found, limit: limit) { $0.id.text }
    try fill(&page, connection)
    return page
  }

  /// A page of a webhook's deliveries with their last attempts, newest first, and where the next one begins. In a state
  /// that no index knows it may be short.
  static func list(
    webhook: WebhookID, account: String, state: State?, before: DeliveryID?, limit: Int, _ connection: Connection
  ) throws -> Page<Delivery> {
    let before = before?.text ?? "~"
    let found: [Delivery]
    var lookedTo: String?
    switch state {
    case nil:
      found = try connection.all(ofWebhookSQL, webhook.text, account, before, limit + 1, map: Self.init)
    case .behind?, .held?, .exhausted?, .cancelled?:
      found = try connection.all(
        setAsideSQL, webhook.text, account, before, state?.rawValue, limit + 1, map: Self.init)
    case .waiting?, .delivered?:
      found = try connection.all(
        inStateSQL, webhook.text, account, before, state?.rawValue, limit + 1, map: Self.init)
      if found.count <= limit {
        lookedTo = try connection.first(lookedSQL, webhook.text, before) { try $0.text(0) }
      }
    }
    var page = PageRequest.page(found, limit: limit) { $0.id.text }
    if page.nextCursor == nil { page.nextCursor = lookedTo.map { PageRequest.cursor($0) } }
    try fill(&page, connection)
    return page
  }

  /// Adds the last attempts, and ends the page where it is large enough.
  private static func fill(_ page: inout Page<Delivery>, _ connection: Connection) throws {
    page.data = try page.data.map { try $0.withAttempts(DeliveryAttempt.listed, connection) }
    page.end(size: { 640 + $0.attempts.reduce(0) { $0 + $1.answerSize } }, position: { $0.id.text })
  }

  static func find(_ id: DeliveryID, account: String, _ connection: Connection) throws -> Delivery? {
    try connection.first(
      """
      SELECT \(columns) FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.id = ? AND d.account_id = ?
      """, id.text, account, map: Self.init)?.withAttempts(DeliveryAttempt.shown, connection)
  }

  private func withAttempts(_ limit: Int, _ connection: Connection) throws -> Delivery {
    var delivery = self
    delivery.attempts = try DeliveryAttempt.list(delivery: id, limit: limit, connection)
    return delivery
  }

  private init(_ row: Row) throws {
    let state = State(rawValue: try row.text(5)) ?? .waiting
    self.init(
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
}
