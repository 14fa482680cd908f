import CarrierAPI
import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Buys and releases numbers at the carrier.
///
/// Every call is journalled in the number's row, and committed, before it goes out, and its outcome after. A row that
/// was called and has no outcome is settled by looking at what the carrier has, never by calling blindly.
final class NumberWorker: Sendable {
  /// Numbers in work at the same time.
  static let batch = 16
  /// The longest the carrier may tell us to wait.
  private static let longestWish: Int64 = 3_600_000

  private let database: Database
  private let carrier: CarrierClient?
  private let notifier: ChangeNotifier
  private let backoff: Backoff
  private let clock: WallClock
  private let log: Log
  private let metrics: Metrics
  private let work: WorkLoop

  /// Without a carrier nothing is done: rows wait until one is configured.
  init(
    database: Database, carrier: CarrierClient?, notifier: ChangeNotifier, backoff: Backoff, loop: EventLoop,
    clock: WallClock, log: Log, metrics: Metrics
  ) {
    self.database = database
    self.carrier = carrier
    self.notifier = notifier
    self.backoff = backoff
    self.clock = clock
    self.log = log
    self.metrics = metrics
    let box = TurnBox()
    work = WorkLoop("numbers", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop(cancelling: true) }

  private func turn() async throws -> WorkLoop.Next {
    guard let carrier else { return .idle }
    let now = clock.now
    let due = try await database.read { try $0.dueNumbers(now: now, limit: Self.batch) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for row in due { group.addTask { try await self.perform(row, carrier) } }
      try await group.waitForAll()
    }
    guard let next = try await database.read({ try $0.nextNumberDue() }) else { return .idle }
    return .at(next)
  }

  private func perform(_ row: NumberRow, _ carrier: CarrierClient) async throws {
    do {
      if row.state == .buying { try await buy(row, carrier) } else { try await release(row, carrier) }
    } catch let failure as CarrierFailure {
      // A stopping service cancels what runs; the journal says that the carrier was called.
      try Task.checkCancellation()
      try await failed(row, failure)
    }
  }

  private func buy(_ row: NumberRow, _ carrier: CarrierClient) async throws {
    if row.isCalled {
      if let found = try await carrier.number(row.phoneNumber.text) {
        // The friendly name is the number's id: it tells our purchase from one somebody made at the carrier.
        return try await store(row) { $0.bought(found, isOurs: found.friendlyName == row.id.text) }
      }
      // The last try only looks, so that nothing is given up while a call is on its way.
      if backoff.pause(after: row.tries + 1) == nil { throw CarrierFailure.unknown("the number is not in its list") }
    }
    guard try await journal(row) else { return }
    let bought = try await carrier.buy(row.phoneNumber.text, name: row.id.text)
    try await store(row) { $0.bought(bought, isOurs: true) }
  }

  private func release(_ row: NumberRow, _ carrier: CarrierClient) async throws {
    guard let sid = row.carrierSID else { return try await store(row) { $0.released() } }
    if row.isCalled, try await carrier.number(sid: sid) == nil { return try await store(row) { $0.released() } }
    guard try await journal(row) else { return }
    try await carrier.release(sid: sid)
    try await store(row) { $0.released() }
  }

  // MARK: The journal

  /// Commits that the carrier is about to be called; false when there is nothing to call for any more.
  private func journal(_ row: NumberRow) async throws -> Bool {
    try await database.write { try $0.journalCall(row.id, in: row.state) }
  }

  private func store(_ row: NumberRow, _ change: @escaping @Sendable (inout NumberRow) -> Void) async throws {
    let (notifier, now) = (notifier, clock.now)
    let changed = try await database.write { connection -> NumberRow? in
      let changed = try connection.change(row.id, in: row.state, now: now, change)
      if let changed { try connection.announce(changed, after: row.state, now: now) }
      connection.afterCommit { notifier.announce() }
      return changed
    }
    guard let changed else { return }
    metrics.counter(
      "wss_registry_numbers_total", "Purchases and releases by how they went.",
      labels: ["work": row.state.rawValue, "state": changed.state.rawValue]
    ).increment()
    log.info(
      "number.changed",
      [
        "number_id": .string(row.id.text), "number": .redacted(row.phoneNumber.text),
        "state": .string(changed.state.rawValue), "reason": .optional(changed.reason?.code),
      ])
  }

  private func failed(_ row: NumberRow, _ failure: CarrierFailure) async throws {
    let pause = backoff.pause(after: row.tries + 1)
    let (now, word) = (clock.now, failure.message)
    log.info(
      "number.not_done",
      ["number_id": .string(row.id.text), "state": .string(row.state.rawValue), "error": .string(word)])
    // Judged by the row as it was before this call.
    let outcome = NumberOutcome.of(failure, row, pause: pause)
    try await store(row) { row in
      switch outcome {
      case .again(let wish, let isCalled):
        row.tries += 1
        row.isCalled = isCalled
        row.dueAt = now + max(pause ?? 0, min(wish ?? 0, Self.longestWish))
        row.reason = SenderReason(
          code: "CARRIER_TRIED_AGAIN", message: "Not done yet: \(word)", nextStep: "Wait: it is tried again by itself.")
      case .over(let reason):
        // A number that could not be released is still ours.
        row.state = row.state == .buying ? .failed : .active
        row.reason = reason
        row.isCalled = false
        row.tries = 0
      }
    }
  }
}

extension NumberRow {
  /// The carrier has the number; `isOurs` when our own purchase put it there.
  fileprivate mutating func bought(_ found: CarrierNumber, isOurs: Bool) {
    guard isOurs else {
      state = .failed
      reason = CarrierReason.owned
      isCalled = false
      return
    }
    state = .active
    reason = nil
    carrierSID = found.sid
    hasVoice = found.hasVoice
    hasSMS = found.hasSMS
    isCalled = false
    tries = 0
  }

  fileprivate mutating func released() {
    state = .released
    reason = nil
    isCalled = false
    tries = 0
  }
}

extension Connection {
  /// Tells the account how a purchase or a release ended; nothing while it goes on.
  fileprivate func announce(_ row: NumberRow, after state: InventoryNumber.State, now: Int64) throws {
    let number = row.phoneNumber.text
    switch (state, row.state) {
    case (.buying, .active): try addEvent("number.bought", account: row.accountID, "\(number) was bought.", now: now)
    case (.releasing, .released):
      try addEvent("number.released", account: row.accountID, "\(number) was given back.", now: now)
    case (.buying, .failed):
      try addEvent(
        "number.not_bought", .warning, account: row.accountID,
        "\(number) was not bought: \(row.reason?.message ?? "")", now: now)
    case (.releasing, .active):
      try addEvent(
        "number.not_released", .warning, account: row.accountID,
        "\(number) was not given back: \(row.reason?.message ?? "")", now: now)
    default: break
    }
  }
}
