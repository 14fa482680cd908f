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
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let database: Database
  private let graph: GraphClient
  private let media: OutboundMedia
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
    self.graph = graph
    self.media = media
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
    // Each task is owned by `inFlight`: `stop` waits until it is zero.
    for row in take.rows { loop.spawn { await self.send(row) } }
    measures.ended(take.ended + expired)
    if take.ended + expired > 0 { onSettled() }
    if take.hasNews { onNews() }
    // With more due than there was room for, the end of a send or the number's rate wakes this loop.
    return .again
  }

  private func send(_ row: OutboundRow) async {
    let started = MonotonicClock.now
    let (outcome, pause) = await attempt(row)
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

  private func attempt(_ row: OutboundRow) async -> (outcome: SendOutcome, pause: SendPause?) {
    let token: Secret
    do throws(CryptoFailure) {
      token = try keyring.open(row.sender.sealedToken, binding: SenderReplica.tokenBinding(row.sender.id))
    } catch {
      let error = MessageError(
        code: "TOKEN_UNREADABLE", message: "The sender's stored token cannot be opened: \(error)",
        nextStep: "Give the service its sealing key back, or reconnect the sender.")
      return (.failed(error), nil)
    }
    guard let recipient = row.recipient else {
      let error = MessageError(
        code: "RECIPIENT_UNKNOWN", message: "The customer's number belongs to somebody else now.",
        nextStep: "Wait for a message of the customer.")
      return (.failed(error), nil)
    }
    let message: OutgoingMessage
    switch await outgoing(row, to: recipient, token: token) {
    case .success(let made): message = made
    case .failure(let failure): return (failure.outcome, nil)
    }
    do throws(GraphFailure) {
      return (.accepted(try await graph.send(message, from: row.sender.phoneNumberID, token: token)), nil)
    } catch {
      switch error {
      case .answered(let answer): return refused(answer, row)
      case .notSent(let failure):
        return (SendPolicy.notSent(failure.message, attempts: row.attempts, at: clock.now), nil)
      case .unknown(let why):
        log.notice("message.unknown", ["message_id": .string(row.id), "reason": .string(why)])
        return (.unknown(why), nil)
      }
    }
  }

  /// A send that cannot be made.
  private struct Unmade: Error {
    var outcome: SendOutcome
  }

  /// What goes to Meta; files of ours that Meta does not have yet are given to it first.
  private func outgoing(
    _ row: OutboundRow, to recipient: MessageRecipient, token: Secret
  ) async -> Result<OutgoingMessage, Unmade> {
    let files = row.body.mediaIDs
    do {
      let known =
        files.isEmpty
        ? [:]
        : try await media.metaIDs(
          files, of: row.sender.account, phoneNumberID: row.sender.phoneNumberID, token: token)
      return .success(try row.body.message(to: recipient, id: row.id, media: known))
    } catch let failure as OutboundMedia.Failure {
      if failure.mayRetry {
        return .failure(
          Unmade(outcome: SendPolicy.notSent(failure.error.message, attempts: row.attempts, at: clock.now)))
      }
      return .failure(Unmade(outcome: .failed(failure.error)))
    } catch {
      log.fault("message.body_not_made", ["message_id": .string(row.id), "error": .string("\(error)")])
      return .failure(
        Unmade(outcome: .failed(MessageError(code: "CONTENT_UNREADABLE", message: "The message cannot be written."))))
    }
  }

  private func refused(_ answer: GraphError, _ row: OutboundRow) -> (outcome: SendOutcome, pause: SendPause?) {
    let code = answer.sendErrorCode
    var error = SendErrors.error(
      forMeta: code, title: answer.message, details: answer.details, isTransient: answer.isTransient)
    error.metaCode = answer.code
    return SendPolicy.refused(
      error, code: code ?? -1, retryAfter: answer.retryAfterMilliseconds, attempts: row.attempts,
      pairTries: row.pairTries + 1, at: clock.now)
  }

  /// The outcome must not get lost while the process lives: a refused write is tried until it succeeds. If the
  /// process dies first, the row is still `sending` and becomes `unknown` at the next start.
  private func store(_ outcome: SendOutcome, _ pause: SendPause?, of row: OutboundRow) async {
    var wait = Duration.milliseconds(20)
    var outcome = outcome
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
        await loop.pause(wait)
        wait = min(wait * 2, .seconds(5))
      }
    }
  }
}

extension GraphError {
  /// The code that the table of send errors goes by. Without Meta's error object (a proxy, a wrong address) the status
  /// alone speaks; nil when that says nothing either.
  fileprivate var sendErrorCode: Int? {
    if isTokenProblem { return 190 }
    if code != 0 { return code }
    return httpStatus == 429 ? 130_429 : nil
  }
}

extension SendOutcome {
  fileprivate var isUnknown: Bool {
    if case .unknown = self { true } else { false }
  }
}
