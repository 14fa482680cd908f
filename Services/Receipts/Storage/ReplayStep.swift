import Contracts
import Store

/// One step of a replay, small enough that live traffic does not notice the write. How far it is is stored with what
/// was queued: a process that ends between two steps has lost nothing and does nothing twice.
struct ReplayStep {
  /// Deliveries of one step.
  static let most = 200
  /// Events of one step that are looked at: most of them may have been delivered.
  static let mostLooked = 1_000
  /// Deliveries of replays that may be open at a webhook at a time; the rest is fed as they drain.
  static let mostOpen = 10_000

  enum Outcome: Sendable, Equatable {
    /// There is more to do; so many were queued.
    case again(queued: Int)
    /// Not before something else has happened: its webhook is paused, or what is queued has to drain first.
    case later
    case ended(Replay.State)
  }

  let now: Int64
  let connection: Connection

  func run(_ id: ReplayID) throws -> Outcome {
    guard var row = try ReplayRow.find(id, connection), row.endedAt == nil else { return .ended(.completed) }
    guard let webhook = try WebhookRow.find(row.webhook, connection) else {
      // Whoever deletes a webhook calls off what waits for it.
      row.state = .cancelled
      return try end(&row)
    }
    if row.state == .cancelled { return try callOff(&row) }
    if row.kind == .skip { return try skip(&row) }
    if try webhook.pause != nil || isHeldUp(row) { return .later }
    let room = min(Self.most, Self.mostOpen - (try open(of: webhook.id)))
    if room <= 0 { return .later }
    let queued = row.kind == .gap ? try fillGap(&row, webhook, room) : try walk(&row, webhook, room)
    guard let queued else {
      // Everything is queued. It goes on until each was attempted, so that it can be called off until then.
      if try isUnattempted(row) { return .later }
      row.state = .completed
      return try end(&row)
    }
    row.queued += queued
    try row.update(at: now, connection)
    return .again(queued: queued)
  }

  /// What was kept up to a resumption that skips it is called off before a later gap is closed.
  private func isHeldUp(_ row: ReplayRow) throws -> Bool {
    try row.kind == .gap && ReplayRow.running(.skip, of: row.webhook, connection) != nil
  }

  private func end(_ row: inout ReplayRow) throws -> Outcome {
    row.endedAt = now
    try row.update(at: now, connection)
    return .ended(row.state)
  }

  static let openSQL = """
    SELECT count(*) FROM (
      SELECT 1 FROM deliveries INDEXED BY deliveries_replayed
      WHERE is_replay = 1 AND state IN ('waiting', 'behind') AND webhook_id = ? LIMIT \(mostOpen))
    """

  private func open(of webhook: WebhookID) throws -> Int {
    try connection.first(Self.openSQL, webhook.text) { try $0.int(0) } ?? 0
  }

  static let unattemptedSQL = """
    SELECT id FROM deliveries INDEXED BY deliveries_replayed
    WHERE is_replay = 1 AND state IN ('waiting', 'behind') AND webhook_id = ? AND attempts = 0 AND replay_id = ?
    LIMIT ?
    """

  private func isUnattempted(_ row: ReplayRow) throws -> Bool {
    try connection.first(Self.unattemptedSQL, row.webhook.text, row.id.text, 1, map: { _ in true }) ?? false
  }

  /// Queues the next events of the selection; nil when all have been looked at.
  private func walk(_ row: inout ReplayRow, _ webhook: WebhookRow, _ room: Int) throws -> Int? {
    if row.position >= row.last { return nil }
    let walk = ReplayWalk(row.selection, of: webhook)
    let found = try walk.positions(after: row.position, through: row.last, limit: Self.mostLooked, connection)
    var queued = 0
    for position in found.positions {
      guard let candidate = try walk.candidate(at: position, connection) else { continue }
      try candidate.queue(to: webhook, replay: row.id, at: now, connection)
      queued += 1
      if queued == room {
        row.position = position
        return queued
      }
    }
    row.position = found.through
    return queued
  }

  static let exhaustedSQL = """
    SELECT id, position, due_at FROM deliveries INDEXED BY deliveries_set_aside
    WHERE state IN ('behind', 'held', 'exhausted', 'cancelled') AND webhook_id = ? AND state = 'exhausted' AND id > ?
    ORDER BY id LIMIT ?
    """
  static let heldSQL = """
    SELECT id, position FROM deliveries INDEXED BY deliveries_held
    WHERE state = 'held' AND webhook_id = ? AND position <= ? ORDER BY position LIMIT ?
    """

  /// First what had failed for good since it began to fail, which is older, then what was kept; nil when all is done.
  private func fillGap(_ row: inout ReplayRow, _ webhook: WebhookRow, _ room: Int) throws -> Int? {
    var queued = 0
    if row.delivery != ReplayRow.everyDelivery {
      let found = try connection.all(Self.exhaustedSQL, row.webhook.text, row.delivery, room) {
        (id: try $0.text(0), position: try $0.int64(1), dueAt: try $0.int64(2))
      }
      // An exhausted one keeps the time of its last attempt.
      for delivery in found where delivery.dueAt >= row.selection.from?.milliseconds ?? .max {
        guard let exhausted = try ReplayedDelivery.find(at: delivery.position, webhook: webhook.id, connection),
          !exhausted.isErased
        else { continue }
        try exhausted.queue(to: webhook, replay: row.id, at: now, connection)
        queued += 1
      }
      row.delivery = found.count < room ? ReplayRow.everyDelivery : found.last?.id ?? ReplayRow.everyDelivery
      return queued
    }
    let held = try held(of: row, through: .max, limit: room)
    if held.isEmpty { return nil }
    for delivery in held {
      guard let kept = try ReplayedDelivery.find(at: delivery.position, webhook: webhook.id, connection),
        !kept.isErased
      else {
        try cancel(delivery.id)
        continue
      }
      try kept.queue(to: webhook, replay: row.id, at: now, connection)
      queued += 1
    }
    return queued
  }

  private func held(of row: ReplayRow, through last: Int64, limit: Int) throws -> [(id: String, position: Int64)] {
    try connection.all(Self.heldSQL, row.webhook.text, last, limit) { (try $0.text(0), try $0.int64(1)) }
  }

  /// Calls off what was kept, up to the moment of the resumption.
  private func skip(_ row: inout ReplayRow) throws -> Outcome {
    let held = try held(of: row, through: row.last, limit: Self.most)
    for delivery in held { try cancel(delivery.id) }
    row.queued += held.count
    if held.count < Self.most {
      row.state = .completed
      return try end(&row)
    }
    try row.update(at: now, connection)
    return .again(queued: 0)
  }

  private func cancel(_ id: String) throws {
    try leave("UPDATE deliveries SET state = 'cancelled' WHERE id = ? RETURNING webhook_id, order_key, taken_at", id)
  }

  /// One is open no longer: whoever waits for a turn behind it has it now.
  @discardableResult
  private func leave(_ sql: String, _ id: String) throws -> Bool {
    let left = try connection.all(sql, id) {
      (webhook: WebhookID(trusted: try $0.text(0)), key: try $0.optionalText(1), isTaken: !$0.isNull(2))
    }
    for delivery in left where !delivery.isTaken {
      if let key = delivery.key { try DeliveryRow.advance(delivery.webhook, key: key, connection) }
    }
    return !left.isEmpty
  }

  private static let forgetSQL = """
    DELETE FROM deliveries
    WHERE id = ? AND prior_state IS NULL AND taken_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = deliveries.id)
    RETURNING webhook_id, order_key, taken_at
    """

  /// A replay that somebody stopped: what it has queued and nobody has attempted is again what it was. What a gap has
  /// not queued yet is called off too: nobody else would ever deliver it.
  private func callOff(_ row: inout ReplayRow) throws -> Outcome {
    if row.kind != .replay {
      let held = try held(of: row, through: row.last, limit: Self.most)
      for delivery in held { try cancel(delivery.id) }
      if held.count == Self.most {
        try row.update(at: now, connection)
        return .again(queued: 0)
      }
    }
    let queued = try connection.all(Self.unattemptedSQL, row.webhook.text, row.id.text, Self.most) { try $0.text(0) }
    for id in queued {
      // There was none before, and nothing has been made of it: it is as if it had never been.
      if try leave(Self.forgetSQL, id) { continue }
      // One that is in hand is delivered: it stays as it is and is no longer this replay's.
      try leave(
        """
        UPDATE deliveries
        SET state = iif(taken_at IS NULL, coalesce(nullif(prior_state, 'held'), 'cancelled'), state), replay_id = NULL
        WHERE id = ?
        RETURNING webhook_id, order_key, taken_at
        """, id)
    }
    if queued.count < Self.most { return try end(&row) }
    try row.update(at: now, connection)
    return .again(queued: 0)
  }
}
