import Contracts
import Crypto
import Outbound
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// Posts due deliveries, signed: at least once, new events before retries, no webhook at the cost of another.
final class DeliveryWorker: Sendable {
  /// What is kept of an answer.
  static let responseBytes = 2048

  private struct State {
    var inFlight: [WebhookID: Int] = [:]
    var total = 0
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let database: Database
  private let http: HTTPClient
  private let keyring: SealingKeyring
  private let schedule: RetrySchedule
  private let loop: EventLoop
  private let clock: WallClock
  private let log: Log
  private let concurrency: Int
  private let perWebhook: Int
  private let outcomes: @Sendable (String) -> Counter
  private let seconds: Histogram
  private let state = Mutex(State())
  private let work: WorkLoop

  init(
    database: Database, http: HTTPClient, keyring: SealingKeyring, schedule: RetrySchedule, loop: EventLoop,
    clock: WallClock, log: Log, metrics: Metrics, concurrency: Int, perWebhook: Int
  ) {
    self.database = database
    self.http = http
    self.keyring = keyring
    self.schedule = schedule
    self.loop = loop
    self.clock = clock
    self.log = log
    self.concurrency = concurrency
    self.perWebhook = perWebhook
    outcomes = {
      metrics.counter("wss_receipts_attempts_total", "Attempts to deliver by outcome.", labels: ["outcome": $0])
    }
    seconds = metrics.histogram("wss_receipts_attempt_seconds", "Time of one attempt.")
    let box = TurnBox()
    work = WorkLoop("deliveries", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }

  /// Begins no attempt and waits until what came of each running one is stored.
  func stop() async {
    await work.stop()
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        if state.total == 0 { return true }
        state.whenEmpty.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
    }
  }

  private func turn() async throws -> WorkLoop.Next {
    let (busy, total) = state.withLock { ($0.inFlight, $0.total) }
    if total >= concurrency { return .idle }
    let now = clock.now
    let (concurrency, perWebhook) = (concurrency, perWebhook)
    let (webhooks, next) = try await database.read { connection in
      (try DeliveryRow.dueWebhooks(at: now, limit: 1_000, connection), try DeliveryRow.nextDue(connection))
    }
    // A webhook whose own places are taken waits for one of them; the others go on.
    let open = webhooks.filter { busy[WebhookID(trusted: $0), default: 0] < perWebhook }
    if open.isEmpty { return next.map { $0 > now ? .at($0) : .idle } ?? .idle }
    let rows = try await database.write { connection in
      var rows: [DeliveryRow] = []
      for webhook in open.shuffled() where total + rows.count < concurrency {
        let places = min(
          perWebhook - busy[WebhookID(trusted: webhook), default: 0], concurrency - total - rows.count)
        rows += try DeliveryRow.take(webhook: webhook, limit: places, at: now, connection)
      }
      return rows
    }
    state.withLock { state in
      state.total += rows.count
      for row in rows { state.inFlight[row.webhookID, default: 0] += 1 }
    }
    // Each task is owned by `total`: `stop` waits until it is zero.
    for row in rows { loop.spawn { await self.deliver(row) } }
    return rows.isEmpty ? .idle : .again
  }

  private func deliver(_ row: DeliveryRow) async {
    let started = MonotonicClock.now
    let at = clock.now
    let result = await post(row, at: at)
    let elapsed = MonotonicClock.now - started
    seconds.observe(nanoseconds: elapsed)
    let attempt = DeliveryAttempt(
      id: AttemptID(trusted: "att_" + ULID.make(milliseconds: at)), at: Timestamp(milliseconds: at),
      durationMilliseconds: Int(elapsed / 1_000_000), dialledAddress: result.dialledAddress,
      httpStatus: result.status, errorClass: result.errorClass, response: result.response)
    let next: DeliveryNext =
      result.isSuccess
      ? .delivered
      : schedule.afterFailure(attempts: row.attempts, at: clock.now, jitter: Double.random(in: 0.8...1.2))
    outcomes(result.label).increment()
    await store(attempt, next, row)
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.total -= 1
      let left = state.inFlight[row.webhookID, default: 1] - 1
      state.inFlight[row.webhookID] = left == 0 ? nil : left
      guard state.total == 0 else { return [] }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for waiter in waiters { waiter.resume() }
    work.wake()
  }

  private func post(_ row: DeliveryRow, at now: Int64) async -> PostResult {
    let secret: Secret
    do throws(CryptoFailure) {
      secret = try keyring.open(row.sealedSecret, binding: WebhookRow.binding(row.webhookID))
    } catch {
      log.error("delivery.secret_unreadable", ["webhook_id": .string(row.webhookID.text), "error": .failure(error)])
      return PostResult(errorClass: "secret_unreadable")
    }
    guard
      let signed = SignedDelivery(
        body: row.body, eventID: row.eventID, timestamp: now / 1000, secret: SigningSecret(text: secret.string ?? ""))
    else { return PostResult(errorClass: "secret_unreadable") }
    var headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
    for (name, value) in signed.headers { headers.append((name, value)) }
    let request = OutboundRequest(method: "POST", url: row.url, headers: headers, body: row.body, mayRepeat: true)
    do throws(OutboundFailure) {
      let response = try await http.send(request)
      return PostResult(
        status: response.status, response: String(decoding: response.body.prefix(Self.responseBytes), as: UTF8.self),
        dialledAddress: response.dialledAddress)
    } catch {
      return PostResult(errorClass: error.kind.label, dialledAddress: error.dialledAddress)
    }
  }

  /// Tried until it succeeds while the process lives; if it dies first, the delivery is made again.
  private func store(_ attempt: DeliveryAttempt, _ next: DeliveryNext, _ row: DeliveryRow) async {
    var pause = Duration.milliseconds(20)
    while true {
      do {
        try await database.write { try row.finish(attempt, next: next, $0) }
        return
      } catch let failure as StoreFailure where failure.code == .closed {
        return
      } catch {
        log.error("delivery.outcome_not_stored", ["delivery_id": .string(row.id), "error": .failure(error)])
        await loop.pause(pause)
        pause = min(pause * 2, .seconds(5))
      }
    }
  }
}

/// What came of one POST.
struct PostResult: Sendable, Equatable {
  var status: Int?
  var errorClass: String?
  var response: String?
  var dialledAddress: String?

  init(status: Int? = nil, errorClass: String? = nil, response: String? = nil, dialledAddress: String? = nil) {
    self.status = status
    self.errorClass = errorClass
    self.response = response
    self.dialledAddress = dialledAddress
  }

  /// Only 2xx: a redirect is not followed and not a success.
  var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

  /// For metrics.
  var label: String {
    if isSuccess { return "delivered" }
    return status.map { "http_\($0 / 100)xx" } ?? errorClass ?? "failed"
  }
}

extension OutboundFailure.Kind {
  /// The error class of the attempt log: `egressDenied(…)` is `egress_denied`.
  var label: String {
    let name = String(describing: self).prefix { $0 != "(" }
    return name.reduce(into: "") { text, character in
      if character.isUppercase { text += "_" }
      text += character.lowercased()
    }
  }
}
