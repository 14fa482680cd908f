import JSON
import Contracts
import Crypto
import Outbound
import Store
import Telemetry
import ReceiptsHarness
import TestSupport
import Transport
import Wire
import Workers

@testable import Receipts

/// The parts of the service in the test's own process: a real store, real HTTP, a clock the test moves.
///
/// The egress guard needs a process of its own (it is the process's proxy); `ReceiptsHarness` has it.
final class ReceiptsFixture: Sendable {
  let directory: TemporaryDirectory
  let keyring: SealingKeyring
  let keyFile: String
  let database: Database
  let clock: TestClock
  let lines = CollectedLines()
  let metrics = Metrics()
  let loop: EventLoop
  let http: HTTPClient
  let worker: DeliveryWorker
  let watch: QueueWatch
  let webhooks: WebhookHandlers
  let events: EventHandlers
  let stream: EventStreamHandlers
  let notifier: ChangeNotifier
  let erasure: ErasureWorker
  let deliveries: DeliveryHandlers
  let replaying: ReplayHandlers
  let replays: ReplayWorker
  let upkeep: WebhookUpkeep
  let tests: TestHandlers

  static let account = AccountID(trusted: "acc_00000000000000000000000001")
  static let otherAccount = AccountID(trusted: "acc_00000000000000000000000002")
  static let sender = SenderID(trusted: "snd_00000000000000000000000001")
  static let secondSender = SenderID(trusted: "snd_00000000000000000000000002")
  /// What a test may call: this machine, in the clear, on any port.
  static let openRules = EgressRules(
    allowHTTP: true, ports: Set(1...65_535), allowedRanges: [CIDR("127.0.0.0/8")].compactMap { $0 })

  /// Nothing runs until `worker.start()`. `directory` and `keyring` of an earlier fixture reopen its store.
  init(
    schedule: RetrySchedule = .standard, concurrency: Int = 16, perWebhook: Int = 4, rules: EgressRules = openRules,
    clock: TestClock = TestClock(), after previous: ReceiptsFixture? = nil, posters: PosterPool? = nil
  ) throws {
    directory = try previous?.directory ?? TemporaryDirectory()
    keyFile = previous?.keyFile ?? SealingKeyring.generateFileText(keyID: "k1")
    keyring = try SealingKeyring(parsing: keyFile)
    database = try TemporaryDatabase(Schema.migrations, in: directory).database
    self.clock = clock
    loop = try EventLoop(name: "work")
    http = HTTPClient(
      HTTPClientConfiguration(
        target: .customer, perHostConcurrency: concurrency, totalConcurrency: concurrency, allowPlainHTTP: true))
    let log = Log(service: "receipts", level: .debug, sink: .collecting(into: lines))
    let poster = WebhookPoster(http: http, posters: posters, keyring: keyring, log: log)
    notifier = ChangeNotifier(loop: loop)
    worker = DeliveryWorker(
      database: database, poster: poster, schedule: schedule,
      places: DeliveryPlaces(total: concurrency, perWebhook: perWebhook), loop: loop, clock: clock.clock, log: log,
      metrics: metrics, jitter: { 1 }, onNews: { [notifier] in notifier.announce() })
    watch = QueueWatch(database: database, loop: loop, clock: clock.clock, log: log, metrics: metrics)
    upkeep = WebhookUpkeep(database: database, loop: loop, clock: clock.clock, log: log)
    webhooks = WebhookHandlers(
      database: database, keyring: keyring, clock: clock.clock, log: log,
      check: { url throws(OutboundFailure) in try rules.check(url: url) },
      onChanged: { [upkeep, worker] in
        upkeep.wake()
        worker.wake()
      })
    tests = TestHandlers(
      webhooks: webhooks, poster: poster,
      keyed: KeyedCalls(database: database, keyring: keyring, clock: clock.clock), gate: TestGates())
    stream = EventStreamHandlers(database: database, feed: EventFeed(notifier: notifier))
    erasure = ErasureWorker(database: database, loop: loop, clock: clock.clock, log: log)
    deliveries = DeliveryHandlers(database: database)
    replays = ReplayWorker(
      database: database, loop: loop, clock: clock.clock, log: log, metrics: metrics,
      onQueued: { [worker] in worker.wake(replaysOf: $0) })
    replaying = ReplayHandlers(
      database: database, keyring: keyring, clock: clock.clock, log: log, metrics: metrics,
      onQueued: { [worker] in worker.wake() }, onReplay: { [replays] in replays.wake($0) },
      onResumed: { [worker] _ in worker.wake() })
    events = EventHandlers(
      database: database, clock: clock.clock, log: log, metrics: metrics,
      onStored: { [worker, notifier, erasure] webhooks in
        worker.wake(webhooks)
        notifier.announce()
        erasure.wake()
      })
  }

  /// Puts a sender into the replica, as the registry would.
  func addSender(_ sender: SenderID = sender, account: AccountID = account) async throws {
    try await database.write { connection in
      try connection.execute(
        """
        INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status)
        VALUES (?, ?, '+4930123456', 'Café Müller', 'online')
        """, sender.text, account.text)
    }
  }

  /// A sender with a webhook; answers the webhook with its secret.
  @discardableResult
  func addWebhook(_ url: String, sender: SenderID = sender, account: AccountID = account) async throws
    -> Webhook
  {
    try await addSender(sender, account: account)
    return try await webhooks.set(.init(senderID: sender, url: url), Self.front(account))
  }

  /// Hands events over as the router does.
  @discardableResult
  func record(_ events: StatusEvent...) async throws -> [ReceiptsAPI.RecordEvents.Outcome] {
    try await hand(events.map { HandedEvent(status: $0) })
  }

  @discardableResult
  func hand(_ events: [HandedEvent]) async throws -> [ReceiptsAPI.RecordEvents.Outcome] {
    try await self.events.record(.init(events: events), CallContext(caller: .messagingRouter)).outcomes
  }

  /// The deliveries of a sender, newest first.
  func deliveries(_ sender: SenderID = sender, account: AccountID = account) async throws -> [Delivery] {
    try await deliveries.ofSender(.init(senderID: sender, limit: 100), Self.front(account)).data
  }

  /// Waits until a delivery of the sender is as asked for.
  func delivery(_ what: String, of sender: SenderID = sender, _ condition: (Delivery) -> Bool) async throws
    -> Delivery
  {
    var found: Delivery?
    try await eventually(what) {
      found = try await deliveries(sender).first(where: condition)
      return found != nil
    }
    guard let found else { throw TimedOut(waitingFor: what, limit: .zero) }
    return found
  }

  /// The context of a call through the front door.
  static func front(_ account: AccountID? = account) -> CallContext {
    CallContext(caller: .senderRegistry, account: account?.text)
  }

  /// Moves the clock and lets the worker look at it.
  func advance(by duration: Duration) {
    clock.advance(by: duration)
    worker.wake()
  }

  /// Ends the worker and the threads. What is under way is cut, as at the end of a stop's limit.
  func close() async {
    notifier.close()
    await worker.stop(within: .zero) { [http] in http.close() }
    await erasure.stop()
    await replays.stop()
    await upkeep.stop()
    http.close()
    database.close()
    loop.stop()
  }

  /// Opens, runs `body`, closes.
  static func run(
    schedule: RetrySchedule = .standard, concurrency: Int = 16, perWebhook: Int = 4, rules: EgressRules = openRules,
    after previous: ReceiptsFixture? = nil, posters: PosterPool? = nil,
    _ body: (ReceiptsFixture) async throws -> Void
  ) async throws {
    let fixture = try ReceiptsFixture(
      schedule: schedule, concurrency: concurrency, perWebhook: perWebhook, rules: rules,
      clock: previous?.clock ?? TestClock(), after: previous, posters: posters)
    do {
      try await body(fixture)
    } catch {
      await fixture.close()
      throw error
    }
    await fixture.close()
  }
}

extension StatusEvent {
  /// An event of the fixture's first sender; `number` makes its id.
  static func sample(
    _ number: Int, _ status: MessageStatus = .delivered, sender: SenderID = ReceiptsFixture.sender,
    account: AccountID = ReceiptsFixture.account
  ) -> StatusEvent {
    let digits = String(number)
    let id = "evt_" + String(repeating: "0", count: 26 - digits.count) + digits
    return StatusEvent(
      id: EventID(trusted: id), accountID: account, senderID: sender,
      messageID: MessageID(trusted: "msg_00000000000000000000000001"), metaMessageID: "wamid.ABC",
      conversationID: ConversationID(trusted: "cnv_00000000000000000000000001"), assistantID: nil,
      to: PhoneNumber(trusted: "+491701234567"), status: status, sequence: number, isSynthesized: false, error: nil,
      occurredAt: Timestamp(milliseconds: 1_767_225_600_000),
      providerTimestamp: Timestamp(milliseconds: 1_767_225_599_000))
  }
}

extension CallFailure {
  /// The input it names.
  var field: String? { details?["field"]?.string }
}
