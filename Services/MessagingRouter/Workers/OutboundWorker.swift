import Contracts
import Crypto
import GraphAPI
import Outbound
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Sends queued messages to Meta. A message is `sending` in the database before its first byte leaves, and
/// what came of it is stored before anything else happens with it.
final class OutboundWorker: Sendable {
  private struct State {
    var inFlight = 0
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
  private let outcomes: @Sendable (String) -> Counter
  private let seconds: Histogram
  private let onSettled: @Sendable () -> Void
  private let state = Mutex(State())
  private let work: WorkLoop

  init(
    database: Database, graph: GraphClient, media: OutboundMedia, keyring: SealingKeyring, loop: EventLoop,
    clock: WallClock, log: Log,
    metrics: Metrics, concurrency: Int, onSettled: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.graph = graph
    self.media = media
    self.keyring = keyring
    self.loop = loop
    self.clock = clock
    self.log = log
    self.concurrency = concurrency
    self.onSettled = onSettled
    outcomes = { metrics.counter("wss_router_sends_total", "Sends to Meta by outcome.", labels: ["outcome": $0]) }
    seconds = metrics.histogram("wss_router_send_seconds", "Time of one send to Meta.")
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

  private func turn() async throws -> WorkLoop.Next {
    let free = concurrency - state.withLock { $0.inFlight }
    if free <= 0 { return .idle }
    let now = clock.now
    let next = try await database.read { try OutboundRow.nextDue($0) }
    guard let next else { return .idle }
    if next > now { return .at(next) }
    let rows = try await database.write { try OutboundRow.take(limit: free, at: now, $0) }
    state.withLock { $0.inFlight += rows.count }
    // Each task is owned by `inFlight`: `stop` waits until it is zero.
    for row in rows { loop.spawn { await self.send(row) } }
    if rows.isEmpty { return .idle }
    // With more due than there was room for, the end of a send wakes this loop.
    return .again
  }

  private func send(_ row: OutboundRow) async {
    let started = MonotonicClock.now
    let outcome = await attempt(row)
    seconds.observe(nanoseconds: MonotonicClock.now - started)
    outcomes(outcome.label).increment()
    await store(outcome, of: row)
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.inFlight -= 1
      guard state.inFlight == 0 else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for waiter in waiters { waiter.resume() }
    work.wake()
    onSettled()
  }

  private func attempt(_ row: OutboundRow) async -> SendOutcome {
    let token: Secret
    do throws(CryptoFailure) {
      token = try keyring.open(row.sealedToken, binding: SenderReplica.tokenBinding(row.sender))
    } catch {
      return .failed(
        MessageError(code: "TOKEN_UNREADABLE", message: "The sender's stored token cannot be opened: \(error)"))
    }
    guard let recipient = row.recipient else {
      return .failed(
        MessageError(
          code: "RECIPIENT_UNKNOWN", message: "The customer's number belongs to somebody else now: wait for a message.")
      )
    }
    let message: OutgoingMessage
    switch await outgoing(row, to: recipient, token: token) {
    case .success(let made): message = made
    case .failure(let failure): return failure.outcome
    }
    do throws(GraphFailure) {
      return .accepted(try await graph.send(message, from: row.phoneNumberID, token: token))
    } catch {
      switch error {
      case .answered(let answer): return refused(answer, row)
      case .notSent(let failure): return SendPolicy.notSent(failure.message, attempts: row.attempts, at: clock.now)
      case .unknown(let why):
        log.notice("message.unknown", ["message_id": .string(row.id), "reason": .string(why)])
        return .unknown(why)
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
        files.isEmpty ? [:] : try await media.metaIDs(files, phoneNumberID: row.phoneNumberID, token: token)
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

  private func refused(_ answer: GraphError, _ row: OutboundRow) -> SendOutcome {
    // Without Meta's error object (a proxy, a wrong address) the status alone speaks.
    let code = answer.isTokenProblem ? 190 : answer.code
    let mayRetry = answer.mayRetrySend || answer.code == 0 && answer.httpStatus == 429
    let error = MessageError(
      code: answer.code == 0 && answer.httpStatus == 429 ? "THROUGHPUT_REACHED" : SendErrors.code(forMeta: code),
      message: SendErrors.explain(code), metaCode: answer.code, metaTitle: answer.message,
      metaDetails: answer.details, isRetriable: mayRetry)
    return SendPolicy.refused(
      error, code: code, mayRetry: mayRetry, retryAfter: answer.retryAfterMilliseconds, attempts: row.attempts,
      at: clock.now)
  }

  /// The outcome must not get lost while the process lives: a refused write is tried until it succeeds. If the
  /// process dies first, the row is still `sending` and becomes `unknown` at the next start.
  private func store(_ outcome: SendOutcome, of row: OutboundRow) async {
    var pause = Duration.milliseconds(20)
    var outcome = outcome
    while true {
      do {
        let (now, settled) = (clock.now, outcome)
        try await database.write { try row.finish(settled, at: now, $0) }
        return
      } catch let failure as StoreFailure where failure.code == .closed {
        return
      } catch let failure as StoreFailure where !failure.isAboutTheDisk && !outcome.isUnknown {
        // Meta's id is another message's already: no try will mend that, and a status webhook may settle it.
        log.fault("message.outcome_refused", ["message_id": .string(row.id), "error": .failure(failure)])
        outcome = .unknown("Meta's answer could not be stored")
      } catch {
        log.error("message.outcome_not_stored", ["message_id": .string(row.id), "error": .string("\(error)")])
        await loop.pause(pause)
        pause = min(pause * 2, .seconds(5))
      }
    }
  }
}

extension SendOutcome {
  fileprivate var isUnknown: Bool {
    if case .unknown = self { true } else { false }
  }

  fileprivate var label: String {
    switch self {
    case .accepted: "accepted"
    case .unknown: "unknown"
    case .retry: "retry"
    case .failed: "failed"
    }
  }
}
