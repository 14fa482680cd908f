import Contracts
import Store

/// What there is to do about one broadcast, in transactions of their own.
enum BroadcastWork {
  /// A broadcast at work, as one look at everything shows it.
  struct Item: Sendable, Equatable {
    var number: Int64
    var sender: String
    /// Its messages that have not gone to Meta.
    var queued: Int
  }

  /// What the index of those at work says of its rows: SQLite takes it only where a query says the very same. Without
  /// it every look would read all broadcasts that there ever were.
  private static let isAtWork = "state IN ('scheduled', 'running')"

  /// Broadcasts at work that are looked at in one turn.
  static let most = 1_000

  /// Those that run, and those whose time has come.
  static func running(at now: Int64, _ connection: Connection) throws -> [Item] {
    try ["running", "scheduled"].flatMap { state in
      try connection.all(
        """
        SELECT b.number, b.sender_id, coalesce(
          (SELECT sum(count) FROM broadcast_counts c
          WHERE c.broadcast_id = b.id AND c.state IN ('queued', 'sending')), 0)
        FROM broadcasts b
        WHERE b.state = ? AND \(isAtWork) AND coalesce(b.start_at, 0) <= ? ORDER BY b.start_at LIMIT ?
        """, state, state == "running" ? Int64.max : now, most
      ) { Item(number: try $0.int64(0), sender: try $0.text(1), queued: try $0.int(2)) }
    }
  }

  /// When the next one is due to begin; nil when none waits.
  static func nextStart(_ connection: Connection) throws -> Int64? {
    try connection.first(
      "SELECT start_at FROM broadcasts WHERE state = 'scheduled' AND \(isAtWork) ORDER BY start_at LIMIT 1"
    ) { try $0.optionalInt64(0) } ?? nil
  }

  /// Broadcasts that do not run and have queued messages all the same: more than went back at once, or some that Meta
  /// put off meanwhile.
  static func leftovers(_ connection: Connection) throws -> [Int64] {
    try connection.all(
      """
      SELECT b.number FROM broadcast_counts c JOIN broadcasts b ON b.id = c.broadcast_id
      WHERE c.state = 'queued' AND c.count > 0 AND b.state IN ('paused', 'cancelled') LIMIT ?
      """, most
    ) { try $0.int64(0) }
  }

  /// Takes back, or ends, what is left of one that does not run. True when there may be more.
  static func clear(_ number: Int64, at now: Int64, _ connection: Connection) throws -> Bool {
    guard let row = try BroadcastRow.find(number: number, connection) else { return false }
    switch row.broadcast.state {
    case .paused: return try BroadcastFeed.takeBack(row, connection)
    case .cancelled: return try BroadcastFeed.cancel(row, at: now, connection)
    default: return false
    }
  }

  /// How many messages a sender has queued ahead: enough for a few seconds, so that a pause takes at once and no queue
  /// stands in front of others.
  static func ahead(of sender: String, _ connection: Connection) throws -> Int {
    let perSecond = try rate(of: sender, connection)
    return min(max(3 * perSecond, 20), 3_000)
  }

  /// Messages per second that Meta allows.
  static func rate(of sender: String, _ connection: Connection) throws -> Int {
    let told = try connection.first("SELECT throughput, origin FROM replica_senders WHERE sender_id = ?", sender) {
      (try $0.optionalInt(0), try $0.optionalText(1))
    }
    let usual = told?.1 == "coexistence" ? SenderRate.coexistence : SenderRate.standard
    return max(told?.0 ?? usual, 1)
  }

  /// Whether `run` would do anything: a turn that only looks needs no write.
  static func isDue(_ number: Int64, room: Int, at now: Int64, _ connection: Connection) throws -> Bool {
    guard let row = try BroadcastRow.find(number: number, connection) else { return false }
    if row.broadcast.state == .scheduled { return true }
    guard row.broadcast.state == .running else { return false }
    let tally = try BroadcastTally.read(row.id, state: .running, connection)
    if tally.waiting > 0 && room > 0 || tally["pending", "queued", "sending"] == 0 { return true }
    if try BroadcastRules.better(row, connection) != nil { return true }
    return try BroadcastRules.stop(row, at: now, connection) != nil
  }

  /// What one step did.
  struct Done: Sendable {
    /// Recipients that got a message, or were skipped.
    var dealtWith = 0
    var stop: BroadcastRules.Stop?
    var isCompleted = false
  }

  /// One step of a broadcast that runs: it begins, stops, is fed, or is over. The state is read in the transaction that
  /// changes it: this is what keeps two from feeding one broadcast.
  static func run(_ number: Int64, room: Int, at now: Int64, _ connection: Connection) throws -> Done {
    guard var row = try BroadcastRow.find(number: number, connection) else { return Done() }
    try BroadcastSteps.begin(&row, at: now, connection)
    guard row.broadcast.state == .running else { return Done() }
    let tally = try BroadcastTally.read(row.id, state: .running, connection)
    if tally["pending", "queued", "sending"] == 0 {
      try BroadcastSteps.complete(&row, at: now, connection)
      return Done(isCompleted: true)
    }
    if let stop = try BroadcastRules.stop(row, at: now, connection) {
      try BroadcastSteps.pause(&row, stop.reason, detail: stop.detail, actor: nil, at: now, connection)
      return Done(stop: stop)
    }
    if let rating = try BroadcastRules.better(row, connection) {
      // Nothing that people see: the version stays.
      try connection.execute("UPDATE broadcasts SET quality = ? WHERE number = ?", rating, number)
    }
    guard room > 0, tally.waiting > 0 else { return Done() }
    let step = try BroadcastFeed.run(row, limit: room, at: now, connection)
    return Done(dealtWith: step.fed + step.skipped)
  }
}
