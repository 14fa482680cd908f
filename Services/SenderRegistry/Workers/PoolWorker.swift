import Contracts
import Crypto
import GraphAPI
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Keeps the partner's pool of pre-verified numbers: adds, removes, and compares with Meta's list from time to time.
///
/// Every call that changes something is journalled before it goes out; one without a recorded outcome is settled by
/// listing the pool.
final class PoolWorker: Sendable {
  /// Entries in work at the same time.
  static let batch = 8
  private static let longestWish: Int64 = 3_600_000

  private let database: Database
  private let partner: PartnerAccess?
  private let notifier: ChangeNotifier
  private let backoff: Backoff
  /// Between two looks at Meta's list, in milliseconds; each is up to a quarter earlier.
  private let interval: Int64
  private let clock: WallClock
  private let log: Log
  private let work: WorkLoop
  /// When Meta's list is looked at next.
  private let lookDue = Mutex<Int64>(0)

  /// Without a partner there is no pool, and nothing to do.
  init(
    database: Database, partner: PartnerAccess?, notifier: ChangeNotifier, backoff: Backoff, interval: Duration,
    loop: EventLoop, clock: WallClock, log: Log
  ) {
    self.database = database
    self.partner = partner
    self.notifier = notifier
    self.backoff = backoff
    self.interval = interval.milliseconds
    self.clock = clock
    self.log = log
    let box = TurnBox()
    work = WorkLoop("pool", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop(cancelling: true) }

  /// Meta's list is worth a look now: something in it has changed.
  func look() {
    lookDue.withLock { $0 = 0 }
    wake()
  }

  private func turn() async throws -> WorkLoop.Next {
    guard let partner else { return .idle }
    try await settleMembers()
    let now = clock.now
    let due = try await database.read { try $0.duePoolEntries(now: now, limit: Self.batch) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for row in due { group.addTask { try await self.perform(row, partner) } }
      try await group.waitForAll()
    }
    // Whoever asks for a look while one runs gets another: that one may have begun too early.
    let isLookDue = lookDue.withLock { due in
      guard due <= now else { return false }
      due = .max
      return true
    }
    if isLookDue { try await compare(partner) }
    let look = lookDue.withLock { $0 }
    guard let next = try await database.read({ try $0.nextPoolDue() }) else { return .at(look) }
    return .at(min(next, look))
  }

  private func perform(_ row: PoolRow, _ partner: PartnerAccess) async throws {
    do {
      if row.state == .adding { try await add(row, partner) } else { try await remove(row, partner) }
    } catch let failure as GraphFailure {
      // A stopping service cancels what runs; the journal says that Meta was called.
      try Task.checkCancellation()
      try await failed(row, failure)
    }
  }

  // MARK: Adding

  private func add(_ row: PoolRow, _ partner: PartnerAccess) async throws {
    if row.isCalled, let there = try await find(row, partner) { return try await added(row, there) }
    guard try await journal(row) else { return }
    let id: String
    do throws(GraphFailure) {
      id = try await partner.graph.addPreverifiedNumber(
        businessID: partner.businessID, phoneNumber: row.phoneNumber.digits, token: partner.token)
    } catch {
      // Meta's words for "it is there already" are not published: its list tells.
      guard case .answered(let refusal) = error, !refusal.isPassing, !refusal.isTokenProblem,
        let there = try await find(row, partner)
      else { throw error }
      id = there
    }
    try await added(row, id)
  }

  private func find(_ row: PoolRow, _ partner: PartnerAccess) async throws(GraphFailure) -> String? {
    try await partner.graph.preverifiedNumbers(businessID: partner.businessID, token: partner.token).first {
      $0.digits == row.phoneNumber.digits
    }?.id
  }

  private func added(_ row: PoolRow, _ id: String) async throws {
    guard MetaIdentifier.isValid(id) else { throw GraphFailure.unknown("the id is not one of Meta's") }
    try await settle(row) { connection, now in
      try connection.change(row.senderID, in: .adding, now: now) { row in
        row.state = .added
        row.preverifiedID = id
        row.isCalled = false
        row.tries = 0
      }
      try connection.tellWaiting(row.senderID, [.verificationNeeded], preverifiedID: id, now: now)
    }
    // It may have been verified before: Meta's list tells.
    look()
  }

  // MARK: Removing

  private func remove(_ row: PoolRow, _ partner: PartnerAccess) async throws {
    guard let id = row.preverifiedID else { return try await removed(row) }
    if row.isCalled {
      let pool = try await partner.graph.preverifiedNumbers(businessID: partner.businessID, token: partner.token)
      if !pool.contains(where: { $0.id == id }) { return try await removed(row) }
    }
    guard try await journal(row) else { return }
    do throws(GraphFailure) {
      try await partner.graph.deletePreverifiedNumber(id: id, token: partner.token)
    } catch {
      // 33 and 100: no such object. Its list tells whether that is so.
      guard case .answered(let refusal) = error, [33, 100].contains(refusal.code), try await find(row, partner) == nil
      else { throw error }
    }
    try await removed(row)
  }

  private func removed(_ row: PoolRow) async throws {
    try await settle(row) { connection, now in
      try connection.change(row.senderID, in: .removing, now: now) { row in
        row.state = .removed
        row.isCalled = false
        row.tries = 0
      }
      try connection.tellWaiting(row.senderID, [.leftPool], preverifiedID: nil, now: now)
      try connection.addEvent(
        "number.left_pool", account: row.accountID, sender: row.senderID,
        "\(row.phoneNumber) was taken out of the pool of verified numbers.", now: now)
    }
  }

  // MARK: Without asking Meta

  /// Claims, deleted senders, warnings and expiry follow from what is stored.
  private func settleMembers() async throws {
    let now = clock.now
    // A page at a time, each in a transaction of its own.
    for _ in 0..<100 {
      let rows = try await database.read { try $0.poolMembersToSettle(now: now, limit: 100) }
      if rows.isEmpty { return }
      try await database.write { [notifier] connection in
        for row in rows { try connection.settlePoolEntry(row, now: now) }
        connection.afterCommit { notifier.announce() }
      }
    }
  }

  // MARK: Comparing with Meta

  /// Takes over what Meta's list says of every entry. A list that cannot be read changes nothing.
  private func compare(_ partner: PartnerAccess) async throws {
    let pool: [GraphPreverifiedNumber]
    let asked = clock.now
    do throws(GraphFailure) {
      pool = try await partner.graph.preverifiedNumbers(businessID: partner.businessID, token: partner.token)
    } catch {
      try Task.checkCancellation()
      log.error("pool.not_read", ["error": .string(error.message)])
      lookAgain(in: min(interval, 300_000))
      return
    }
    lookAgain(in: interval)
    let byID = Dictionary(pool.map { ($0.id, $0) }) { first, _ in first }
    var last = ""
    // Bounded by Meta's own list, which is read in as many pages.
    for _ in 0..<200 {
      let after = last
      let (rows, isOneAbsent) = try await database.write { [notifier] connection in
        let rows = try connection.poolMembers(after: after, limit: 100)
        var isOneAbsent = false
        for row in rows {
          let found = byID[row.preverifiedID ?? ""]
          if found == nil { isOneAbsent = true }
          // An entry that joined while Meta was asked need not be in that answer.
          if found == nil, row.updatedAt > asked { continue }
          try connection.takeOver(found, row, now: asked)
        }
        connection.afterCommit { notifier.announce() }
        return (rows, isOneAbsent)
      }
      if isOneAbsent { lookAgain(in: min(interval, 2 * PoolTimes.absence)) }
      guard rows.count == 100, let end = rows.last else { break }
      last = end.senderID.text
    }
    log.info("pool.compared", ["entries": .int(pool.count)])
  }

  private func lookAgain(in pause: Int64) {
    let due = clock.now + pause - .random(in: 0...(pause / 4))
    lookDue.withLock { $0 = min($0, due) }
  }

  // MARK: The journal

  /// Commits that Meta is about to be called; false when there is nothing to call for any more.
  private func journal(_ row: PoolRow) async throws -> Bool {
    let now = clock.now
    let changed = try await database.write { connection in
      try connection.change(row.senderID, in: row.state, now: now) { $0.isCalled = true }
    }
    return changed != nil
  }

  private func settle(
    _ row: PoolRow, _ body: @escaping @Sendable (Connection, Int64) throws -> Void
  ) async throws {
    let now = clock.now
    try await database.write { [notifier] connection in
      try body(connection, now)
      connection.afterCommit { notifier.announce() }
    }
    log.info(
      "pool.changed",
      [
        "sender": .string(row.senderID.text), "number": .redacted(row.phoneNumber.text),
        "was": .string(row.state.rawValue),
      ])
  }

  private func failed(_ row: PoolRow, _ failure: GraphFailure) async throws {
    log.info("pool.not_done", ["sender": .string(row.senderID.text), "error": .string(failure.message)])
    var wish: Int64 = 0
    if case .answered(let error) = failure {
      if error.isAccessProblem {
        // The partner's own token or permission: the operator mends it, and everything goes on.
        return try await waits(row, error)
      }
      guard error.isPassing else { return try await refused(row, error) }
      wish = min(error.retryAfterMilliseconds ?? 0, Self.longestWish)
    }
    let isUnknown = if case .unknown = failure { true } else { false }
    // What did not reach Meta leaves an earlier call as unknown as it was.
    let isCalled = isUnknown || row.isCalled
    // Never given up: the next look is an hour away at most, and Meta comes back.
    let pause = max(backoff.pause(after: row.tries + 1) ?? Self.longestWish, wish)
    let now = clock.now
    _ = try await database.write { connection in
      try connection.change(row.senderID, in: row.state, now: now) { row in
        row.tries += 1
        row.isCalled = isCalled
        row.dueAt = now + pause
      }
    }
  }

  private func waits(_ row: PoolRow, _ error: GraphError) async throws {
    try await settle(row) { [longest = Self.longestWish] connection, now in
      try connection.change(row.senderID, in: row.state, now: now) { row in
        row.tries += 1
        row.dueAt = now + min(60_000 << Int64(min(row.tries, 6)), longest)
      }
      if row.state == .adding {
        try connection.tellWaiting(row.senderID, [.poolRefused(error)], preverifiedID: nil, now: now)
      }
    }
  }

  private func refused(_ row: PoolRow, _ error: GraphError) async throws {
    try await settle(row) { [longest = Self.longestWish] connection, now in
      if row.state == .removing, try connection.sender(row.senderID) == nil {
        // Nobody needs it any more: it stays on its way out, and that it stands still is told once.
        try connection.change(row.senderID, in: .removing, now: now) { row in
          row.tries += 1
          row.isCalled = false
          row.dueAt = now + longest
        }
        if row.tries > 0 { return }
        return try connection.addEvent(
          "number.not_removed", .warning, account: row.accountID, sender: row.senderID,
          "Meta did not take \(row.phoneNumber) out of the pool: \(error.summary)", now: now)
      }
      if row.state == .adding {
        try connection.change(row.senderID, in: .adding, now: now) { $0.state = .failed }
        try connection.tellWaiting(row.senderID, [.poolRefused(error)], preverifiedID: nil, now: now)
        return
      }
      // Still in the pool, and what it was before.
      try connection.change(row.senderID, in: .removing, now: now) { row in
        row.state = row.expiresAt.map { $0 > now } ?? false ? .verified : .added
        row.isCalled = false
        row.tries = 0
      }
      try connection.addEvent(
        "number.not_removed", .warning, account: row.accountID, sender: row.senderID,
        "Meta did not take \(row.phoneNumber) out of the pool: \(error.summary)", now: now)
    }
  }
}

/// What a Solution Partner's pool is reached with.
struct PartnerAccess: Sendable {
  let graph: GraphClient
  let businessID: String
  let token: Secret
}
