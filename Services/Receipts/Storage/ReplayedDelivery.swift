import Contracts
import Crypto
import Store

/// An event and what has become of it at one webhook, on its way to be delivered once more.
struct ReplayedDelivery: Sendable {
  var position: Int64
  var event: EventID
  var account: AccountID
  var sender: SenderID?
  /// See `NewEvent.orderKey`.
  var orderKey: String
  var receivedAt: Int64
  /// The person it is about was erased: it never leaves again.
  var isErased: Bool
  /// News of the webhook itself, which it never gets.
  var isAboutItself: Bool
  /// None when it was never meant for this webhook, or from before there was one.
  var delivery: DeliveryID?
  var state: Delivery.State?
  /// What it waits under, if it does.
  private var openKey: String?
  private var isTaken: Bool

  /// It will be delivered anyway, or somebody has it in hand.
  var isOpen: Bool { isTaken || state?.isOpen == true }

  /// `webhook` is the term for the webhook's id.
  private static func columns(webhook: String) -> String {
    """
    e.position, e.id, e.account_id, e.sender_id, coalesce(e.conversation_id, e.message_id, e.id), e.received_at,
    EXISTS (SELECT 1 FROM erased_conversations c WHERE c.conversation_id = e.conversation_id)
      -- an erased body is small: large ones are not looked into
      OR CASE WHEN length(e.body) < 4096 AND json_valid(CAST(e.body AS TEXT))
        THEN coalesce(json_extract(CAST(e.body AS TEXT), '$.erased'), 0) ELSE 0 END = 1,
    CASE WHEN e.type LIKE 'endpoint.%' AND json_valid(CAST(e.body AS TEXT))
      THEN coalesce(json_extract(CAST(e.body AS TEXT), '$.webhook_id'), '') = \(webhook) ELSE 0 END,
    d.id, d.state, d.order_key, d.taken_at IS NOT NULL
    """
  }

  static let findSQL = """
    SELECT \(columns(webhook: "?2"))
    FROM events e LEFT JOIN deliveries d ON d.event_id = e.id AND d.webhook_id = ?2
    WHERE e.position = ?1
    """

  static func find(at position: Int64, webhook: WebhookID, _ connection: Connection) throws -> ReplayedDelivery? {
    try connection.first(findSQL, position, webhook.text, map: Self.init)
  }

  static func find(_ id: DeliveryID, account: String, _ connection: Connection) throws
    -> (delivery: ReplayedDelivery, webhook: WebhookID)?
  {
    try connection.first(
      """
      SELECT \(columns(webhook: "d.webhook_id")), d.webhook_id
      FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.id = ? AND d.account_id = ?
      """, id.text, account
    ) { (try ReplayedDelivery($0), WebhookID(trusted: try $0.text(12))) }
  }

  /// Queues it in the lane of replays, due now or when it is its turn, with a schedule from its beginning. `replay` is
  /// which one; none when somebody asked for this one alone.
  func queue(to webhook: WebhookRow, replay: ReplayID?, at now: Int64, _ connection: Connection) throws {
    // One that others wait behind keeps its key, whatever the webhook wants since.
    let key = webhook.isOrdered ? orderKey : state?.isOpen == true ? openKey : nil
    let open = try DeliveryRow.openState(for: webhook, key: key, position: position, connection)
    if let delivery {
      try connection.execute(
        """
        UPDATE deliveries
        SET prior_state = state, state = ?, is_replay = 1, attempts = 0, due_at = ?, order_key = ?, replay_id = ?
        WHERE id = ? AND taken_at IS NULL
        """, open.rawValue, now, key, replay?.text, delivery.text)
    } else {
      try connection.execute(
        """
        INSERT INTO deliveries (id, event_id, position, webhook_id, account_id, sender_id, order_key, state, is_replay,
          due_at, created_at, replay_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
        ON CONFLICT (event_id, webhook_id) DO NOTHING
        """, "dlv_" + ULID.make(milliseconds: now), event.text, position, webhook.id.text, account.text, sender?.text,
        key, open.rawValue, now, now, replay?.text)
    }
  }

  private init(_ row: Row) throws {
    position = try row.int64(0)
    event = EventID(trusted: try row.text(1))
    account = AccountID(trusted: try row.text(2))
    sender = try row.optionalText(3).map { SenderID(trusted: $0) }
    orderKey = try row.text(4)
    receivedAt = try row.int64(5)
    isErased = try row.bool(6)
    isAboutItself = try row.bool(7)
    delivery = try row.optionalText(8).map { DeliveryID(trusted: $0) }
    state = try row.optionalText(9).map { Delivery.State(rawValue: $0) ?? .waiting }
    openKey = try row.optionalText(10)
    isTaken = try row.bool(11)
  }
}
