import Contracts
import Crypto
import GraphAPI
import Outbound
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Sends queued messages to Meta, within what Meta allows each number, pair and portfolio. A message is `sending` in the
/// database before its first byte leaves, and what came of it is stored before anything else happens with it.
final class OutboundWorker: Sendable {
  private struct State {
    var inFlight = 0
    var bySender: [String: Int] = [:]
    var turns: [String: PriorityTurns] = [:]
    var trouble = SenderTrouble()
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let database: Database
  private let perform: OutboundSend
  private let keyring: SealingKeyring
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let concurrency: Int
  private let lifetime: Int64
  let rates: SenderRates
  private let measures: OutboundMeasures
  private let onSettled: @Sendable () -> Void
  private let onNews: @Sendable () -> Void
  private let state = Mutex(State())
  /// Times that storing an outcome is tried when not the disk is what refuses it: about a minute.
  private static let storeTries = 15
  private let work: WorkLoop

  /// `lifetime` is how long a message that names no end may wait, in milliseconds. `onSettled` is called when something
  /// became of messages, `onNews` when there may be news for the registry.
  init(
    database: Database, graph: GraphClient, media: OutboundMedia, keyring: SealingKeyring, loop: EventLoop,
    clock: WallClock, log: Log, metrics: Metrics, concurrency: Int, lifetime: Int64,
    rates: SenderRates = SenderRates(), onSettled: @escaping @Sendable () -> Void,
    onNews: @escaping @Sendable () -> Void
  ) {
    self.database = database
    perform = OutboundSend(database: database, graph: graph, media: media, clock: clock, log: log)
    self.keyring = keyring
    self.loop = loop
    self.clock = clock
    self.log = log
    self.concurrency = concurrency
    self.lifetime = lifetime
    self.rates = rates
    self.onSettled = onSettled
    self.onNews = onNews
    measures = OutboundMeasures(metrics)
    let box = TurnBox()
    work = WorkLoop("outbound", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }

  /// Begins no send and waits until what came of each running one is stored.
  func stop() async {
    await work.stop()
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        if state.inFlight == 0 { return true }
        state.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
  }

  /// What one look at the queue says.
  private struct Look: Sendable {
    var senders: [DueSender]
    /// When something falls due that is not in `senders`.
    var next: Int64?
    var mustEnd: Bool
  }

  private func turn() async throws -> WorkLoop.Next {
    let free = concurrency - state.withLock { $0.inFlight }
    // Under load a few sends end together: one turn for each would only cost more.
    if free <= concurrency / 16 { return .idle }
    let (now, lifetime) = (clock.now, lifetime)
    let look = try await database.read { connection in
      let end = try OutboundEnds.next(lifetime: lifetime, connection)
      let due = try connection.first(OutboundSchedule.nextDue) { try $0.int64(0) }
      let isDue = due.map { $0 <= now } ?? false
      return Look(
        senders: isDue ? try DueSender.due(at: now, connection) : [],
        next: [end, isDue ? nil : due].compactMap { $0 }.filter { $0 > now && $0 < .max }.min(),
        mustEnd: end.map { $0 <= now } ?? false)
    }
    let (senders, rested) = allow(look.senders, free: free, at: now)
    if senders.isEmpty, !look.mustEnd {
      return [look.next, rested].compactMap { $0 }.min().map { .at($0) } ?? .idle
    }
    return try await take(senders, mustEnd: look.mustEnd, at: now)
  }

  /// Deals the free sends to the senders that may send now; and when the first of the others may, if none can.
  private func allow(_ due: [DueSender], free: Int, at now: Int64) -> (senders: [DueSender], next: Int64?) {
    var next: Int64?
    var claims: [SendSlots.Claim] = []
    state.withLock { state in
      for sender in due {
        let underWay = state.bySender[sender.id] ?? 0
        let (count, wait) = rates.allowance(of: sender.phoneNumberID, perSecond: sender.perSecond)
        if count == 0 { next = min(next ?? .max, now + max(wait, 1)) }
        let wanted = sender.isProbing ? min(count, 1 - underWay) : count
        claims.append(SendSlots.Claim(wanted: wanted, underWay: underWay))
      }
    }
    let shares = SendSlots.deal(free, claims, concurrency: concurrency)
    let senders = zip(due, shares).compactMap { sender, share -> DueSender? in
      if share == 0 { return nil }
      var sender = sender
      sender.allowance = share
      sender.turns = state.withLock { $0.turns[sender.id] ?? PriorityTurns() }
      return sender
    }
    return (senders, next)
  }

  private func take(_ senders: [DueSender], mustEnd: Bool, at now: Int64) async throws -> WorkLoop.Next {
    let lifetime = lifetime
    let (take, expired) = try await database.write { connection in
      // The ends first: what is over must not be sent.
      let expired = mustEnd ? try OutboundEnds.run(lifetime: lifetime, at: now, connection) : 0
      return (try OutboundTake.run(senders, lifetime: lifetime, at: now, connection), expired)
    }
    state.withLock { state in
      state.inFlight += take.rows.count
      for row in take.rows { state.bySender[row.sender.id, default: 0] += 1 }
      for (id, turns) in take.turns { state.turns[id] = turns }
      // Only who is waiting has a turn to remember.
      if state.turns.count > DueSender.groupLimit { state.turns = [:] }
    }
    for (number, rows) in Dictionary(grouping: take.rows, by: \.sender.phoneNumberID) {
      rates.spend(rows.count, of: number)
    }
    var tokens: [String: Result<Secret, CryptoFailure>] = [:]
    for row in take.rows {
      let token = tokens[row.sender.id] ?? token(of: row.sender)
      tokens[row.sender.id] = token
      // Each task is owned by `inFlight`: `stop` waits until it is zero.
      loop.spawn { await self.send(row, token) }
    }
    measures.ended(take.ended + expired)
    if take.ended + expired > 0 { onSettled() }
    if take.hasNews { onNews() }
    // With more due than there was room for, the end of a send or the number's rate wakes this loop.
    return .again
  }

  private func token(of sender: DueSender) -> Result<Secret, CryptoFailure> {
    Result { () throws(CryptoFailure) in
      try keyring.open(sender.sealedToken, binding: SenderReplica.tokenBinding(sender.id))
    }
  }

  private func send(_ row: OutboundRow, _ token: Result<Secret, CryptoFailure>) async {
    let started = MonotonicClock.now
    let result: OutboundSend.Result
    switch token {
    case .success(let token): result = await perform(row, token: token)
    case .failure(let failure):
      let error = MessageError(
        code: "TOKEN_UNREADABLE", message: "The sender's stored token cannot be opened: \(failure)",
        nextStep: "Give the service its sealing key back, or reconnect the sender.")
      result = OutboundSend.Result(outcome: .failed(error))
    }
    let outcome = result.outcome
    // Counted also where the answer has a pause of its own.
    let silence = trouble(result, row)
    let pause = result.pause ?? silence
    measures.sent(outcome, nanoseconds: MonotonicClock.now - started)
    if let pause { note(pause, row) }
    await store(outcome, pause, of: row)
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.inFlight -= 1
      let left = (state.bySender[row.sender.id] ?? 1) - 1
      state.bySender[row.sender.id] = left > 0 ? left : nil
      guard state.inFlight == 0 else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for waiter in waiters { waiter.resume() }
    work.wake()
    onSettled()
    if pause != nil { onNews() }
  }

  /// The pause of a sender whose sends Meta leaves without an answer.
  private func trouble(_ result: OutboundSend.Result, _ row: OutboundRow) -> SendPause? {
    guard let wasAnswered = result.wasAnswered else { return nil }
    let wait = state.withLock { state -> Int64? in
      if !wasAnswered { return state.trouble.failed(row.sender.id, isProbe: row.sender.isProbing) }
      state.trouble.answered(row.sender.id)
      return nil
    }
    return wait.map { SendPolicy.silence(for: $0, at: clock.now) }
  }

  private func note(_ pause: SendPause, _ row: OutboundRow) {
    if pause.error.code == "THROUGHPUT_REACHED" { rates.throttled(row.sender.phoneNumberID) }
    if pause.scope == .conversation { return }
    log.notice(
      "outbound.paused",
      [
        "scope": .string(pause.scope.rawValue), "sender": .string(row.sender.id), "code": .string(pause.error.code),
        "milliseconds": .int(Int(pause.until - clock.now)),
      ])
  }

  /// The outcome must not get lost while the process lives: a refused write is tried until it succeeds. If the
  /// process dies first, the row is still `sending` and becomes `unknown` at the next start.
  private func store(_ outcome: SendOutcome, _ pause: SendPause?, of row: OutboundRow) async {
    var wait = Duration.milliseconds(20)
    var outcome = outcome
    var refusals = 0
    while true {
      do {
        let (now, settled) = (clock.now, outcome)
        try await database.write { try row.finish(settled, pause: pause, at: now, $0) }
        return
      } catch let failure as StoreFailure where failure.code == .closed {
        return
      } catch let failure as StoreFailure where !failure.isAboutTheDisk && !outcome.isUnknown {
        // Meta's id is another message's already: no try will mend that, and a status webhook may settle it.
        log.fault("message.outcome_refused", ["message_id": .string(row.id), "error": .failure(failure)])
        outcome = .unknown("Meta's answer could not be stored")
      } catch {
        log.error("message.outcome_not_stored", ["message_id": .string(row.id), "error": .string("\(error)")])
        let isAboutTheDisk = (error as? StoreFailure)?.isAboutTheDisk == true
        if !isAboutTheDisk { refusals += 1 }
        if refusals == Self.storeTries { outcome = .unknown("Meta's answer could not be stored") }
        // The next start finds it under way, and then it is unknown.
        if refusals == 2 * Self.storeTries { return log.fault("message.outcome_lost", ["message_id": .string(row.id)]) }
        await loop.pause(wait)
        wait = min(wait * 2, .seconds(5))
      }
    }
  }
}

extension SendOutcome {
  fileprivate var isUnknown: Bool {
    if case .unknown = self { true } else { false }
  }
}
