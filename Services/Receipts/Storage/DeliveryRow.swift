import Contracts
import Crypto
import Store

/// One event on its way to one webhook, as its worker needs it.
struct DeliveryRow: Sendable {
  var id: DeliveryID
  var webhook: WebhookRow
  var event: StoredEvent
  /// Of an ordered webhook.
  var orderKey: String?
  var isReplay: Bool
  /// Attempts finished since it was queued.
  var attempts: Int
  var createdAt: Int64

  /// The lane it was taken from.
  var lane: DeliveryLane { isReplay ? .replay : attempts == 0 ? .new : .retry }

  /// Queues a new event for a webhook, or keeps it for later when that is paused or it is not its turn.
  static func insert(
    _ event: NewEvent, at position: Int64, to webhook: WebhookRow, now: Int64, _ connection: Connection
  ) throws {
    let key = webhook.isOrdered ? event.orderKey : nil
    let state = try openState(for: webhook, key: key, position: position, connection)
    try connection.execute(
      """
      INSERT INTO deliveries (id, event_id, position, webhook_id, account_id, sender_id, order_key, state, due_at,
        created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, "dlv_" + ULID.make(milliseconds: now), event.id.text, position, webhook.id.text, event.account.text,
      event.sender?.text, key, state.rawValue, now, now)
  }

  /// Due deliveries of one lane of a webhook, the longest due first. Those that are taken are ours until they are
  /// settled, or until the next start.
  static func due(
    _ lane: DeliveryLane, of webhook: WebhookRow, limit: Int, at now: Int64, _ connection: Connection
  ) throws -> [DeliveryRow] {
    // What is new is due, whatever became of the clock since.
    let moment = lane == .new ? Int64.max : now
    return try connection.all(takeSQL(lane), webhook.id.text, moment, limit) { row in
      DeliveryRow(
        id: DeliveryID(trusted: try row.text(0)), webhook: webhook, event: try StoredEvent(row, from: 5),
        orderKey: try row.optionalText(1), isReplay: try row.bool(2), attempts: try row.int(3),
        createdAt: try row.int64(4))
    }
  }

  /// Takes it. Compared with what it was: nobody takes what somebody has in hand.
  func take(at now: Int64, _ connection: Connection) throws -> Bool {
    try connection.execute(
      "UPDATE deliveries SET taken_at = ? WHERE id = ? AND taken_at IS NULL AND state = 'waiting'", now, id.text)
    return connection.changes == 1
  }

  /// Calls it off: the person it is about was erased, and the sweep has not come to it yet.
  func cancelErased(_ connection: Connection) throws {
    try connection.execute(
      "UPDATE deliveries SET state = 'cancelled' WHERE id = ? AND taken_at IS NULL AND state = 'waiting'", id.text)
    if let orderKey { try Self.advance(webhook.id, key: orderKey, connection) }
  }

  static func takeSQL(_ lane: DeliveryLane) -> String {
    """
    SELECT d.id, d.order_key, d.is_replay, d.attempts, d.created_at,
      e.id, e.type, e.sender_id, e.conversation_id, e.occurred_at, e.body
    FROM (
      SELECT * FROM deliveries INDEXED BY \(lane.index)
      WHERE \(lane.isWaiting) AND webhook_id = ?1 AND due_at <= ?2
      ORDER BY due_at
      LIMIT ?3
    ) d
    JOIN events e ON e.id = d.event_id
    """
  }

  /// What became of a delivery.
  struct Settled: Sendable, Equatable {
    var state: Delivery.State
    var dueAt: Int64
    var attempts: Int
  }

  /// An attempt is over: what follows is stored, and the delivery is in nobody's hand. Nil when it was not in ours
  /// any more: then nothing has changed.
  static func settle(_ id: DeliveryID, _ next: DeliveryNext, _ connection: Connection) throws -> Settled? {
    var next = next
    if case .interrupted(let failed) = next,
      try attempts(of: id, endedAs: interrupted, connection) >= freeInterruptions
    {
      next = failed
    }
    var hindrances = 0
    if case .hindered(let reason, _, let failed) = next, reason != .outage {
      hindrances = try attempts(of: id, endedAs: Hindrance.counted, connection)
      if hindrances >= Hindrance.most { next = failed }
    }
    let (state, dueAt, isCounted): (Delivery.State, Int64?, Bool) =
      switch next {
      case .delivered: (.delivered, nil, true)
      case .exhausted: (.exhausted, nil, true)
      case .again(let dueAt): (.waiting, dueAt, true)
      case .interrupted: (.waiting, nil, false)
      case .hindered(let reason, let at, _): (.waiting, at + reason.pause(after: hindrances), false)
      }
    return try connection.first(
      """
      UPDATE deliveries
      SET state = iif(state = 'waiting', ?, state), due_at = coalesce(?, due_at), attempts = attempts + ?,
        taken_at = NULL
      WHERE id = ? AND taken_at IS NOT NULL
      RETURNING state, due_at, attempts
      """, state.rawValue, dueAt, isCounted ? 1 : 0, id.text
    ) {
      Settled(
        state: Delivery.State(rawValue: try $0.text(0)) ?? .cancelled, dueAt: try $0.int64(1), attempts: try $0.int(2))
    }
  }

  private static func attempts(
    of id: DeliveryID, endedAs classes: [String], _ connection: Connection
  ) throws -> Int {
    let list = classes.map { "'\($0)'" }.joined(separator: ", ")
    return try connection.first(
      "SELECT count(*) FROM attempts WHERE delivery_id = ? AND error_class IN (\(list))", id.text,
      map: { try $0.int(0) }) ?? 0
  }

  /// The classes of attempts that were not the delivery's fault.
  private static let interrupted = ["interrupted", "poster_stopped"]

  /// How often a process may end with a delivery in hand before that counts as a failed attempt of the delivery.
  static let freeInterruptions = 2

  /// At start-up: what a predecessor had in hand when it ended is due again, and the log says so: the endpoint may
  /// have seen it. A delivery that is there whenever the process ends may be the reason: from the third time on it
  /// uses up a step of the schedule, so that no endpoint keeps the service from running. Answers how many there were.
  static func releaseInterrupted(schedule: RetrySchedule, at now: Int64, _ connection: Connection) throws -> Int {
    let taken = try connection.all(
      """
      SELECT d.id, d.taken_at, d.attempts, d.webhook_id, d.order_key, w.retry_schedule
      FROM deliveries d LEFT JOIN webhooks w ON w.id = d.webhook_id WHERE d.taken_at IS NOT NULL
      """
    ) {
      (
        DeliveryID(trusted: try $0.text(0)), try $0.int64(1), try $0.int(2), WebhookID(trusted: try $0.text(3)),
        try $0.optionalText(4), try $0.optionalText(5)
      )
    }
    for (id, at, attempts, webhook, key, own) in taken {
      let failed = (own.flatMap { RetrySchedule(text: $0) } ?? schedule).afterFailure(
        attempts: attempts + 1, at: now, jitter: 1)
      _ = try settle(id, .interrupted(orElse: failed), connection)
      let attempt = DeliveryAttempt(
        id: AttemptID(trusted: "att_" + ULID.make(milliseconds: at)), at: Timestamp(milliseconds: at),
        durationMilliseconds: 0, dialledAddress: nil, httpStatus: nil, errorClass: "interrupted", response: nil)
      try attempt.insert(delivery: id, webhook: webhook, connection)
      if let key { try advance(webhook, key: key, connection) }
    }
    return taken.count
  }
}
