import Contracts
package import Daemon
import HTTP
import Outbound
import Store
import Telemetry
import Transport
package import Wire
import Workers

/// Keeps what has happened for automation to read, and pushes status events to businesses' webhooks: signed, at least
/// once, with every attempt kept.
///
/// Table of contents: `routes` names what is answered; `Workers/DeliveryWorker` posts; `Storage/Schema` has the
/// tables; `Domain` the payload, the signature and the retry schedule.
package final class ReceiptsService: ServiceDefinition {
  package static let name = ServiceName.receipts

  /// How soon an owner hears of a webhook that fails, in milliseconds: it is a matter of minutes and days.
  private static let ownersToldEvery: Int64 = 2_000

  private let runtime: ServiceRuntime
  private let schedule: RetrySchedule
  private let database: Database
  private let workLoop: EventLoop
  private let egress: EgressGuard
  private let http: HTTPClient
  private let posters: PosterPool?
  private let replica: SenderReplica
  private let poster: WebhookPoster
  private let worker: DeliveryWorker
  private let watch: QueueWatch
  private let erasure: ErasureWorker
  private let prune: PruneWorker
  private let replays: ReplayWorker
  private let owners: OutboxSender
  private let upkeep: WebhookUpkeep
  private let keyed: KeyedCalls
  private let notifier: ChangeNotifier
  private let feed: EventFeed

  package static func settings(_ reader: inout SettingsReader) -> ReceiptsSettings { ReceiptsSettings(&reader) }

  /// The calls of `ReceiptsAPI` and who answers them.
  private var routes: Router {
    let webhooks = WebhookHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, log: runtime.log,
      check: { [egress] url throws(OutboundFailure) in try egress.check(url: url) },
      onChanged: { [upkeep, worker] in
        upkeep.wake()
        worker.wake()
      })
    let tests = TestHandlers(webhooks: webhooks, poster: poster, keyed: keyed, gate: TestGates())
    let events = EventHandlers(
      database: database, clock: runtime.clock, log: runtime.log, metrics: runtime.metrics,
      onStored: { [worker, erasure, notifier] webhooks in
        worker.wake(webhooks)
        erasure.wake()
        notifier.announce()
      })
    let deliveries = DeliveryHandlers(database: database)
    let replaying = ReplayHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, log: runtime.log, metrics: runtime.metrics,
      onQueued: { [worker] in worker.wake() }, onReplay: { [replays] in replays.wake($0) },
      onResumed: { [worker] _ in worker.wake() })
    let stream = EventStreamHandlers(database: database, feed: feed)
    var router = Router()
    router.on(webhooks.set)
    router.on(webhooks.get)
    router.on(webhooks.create)
    router.on(webhooks.list)
    router.on(webhooks.read)
    router.on(webhooks.update)
    router.on(webhooks.delete)
    router.on(webhooks.pause)
    router.on(webhooks.rotate)
    router.on(webhooks.retire)
    router.on(tests.testSender)
    router.on(tests.test)
    router.on(events.record)
    router.on(deliveries.ofSender)
    router.on(deliveries.ofWebhook)
    router.on(deliveries.attempts)
    router.on(deliveries.get)
    router.on(replaying.deliver)
    router.on(replaying.start)
    router.on(replaying.list)
    router.on(replaying.get)
    router.on(replaying.cancel)
    router.on(replaying.resume)
    router.on(stream.read)
    return router
  }

  /// Every customer's URL is called through the egress guard, whatever the environment said.
  package static func prepareEnvironment(_ settings: inout ReceiptsSettings, _ common: CommonSettings) throws {
    let egress = try EgressReservation()
    egress.prepareEnvironment()
    settings.egress = egress
  }

  package init(settings: ReceiptsSettings, runtime: ServiceRuntime) async throws {
    self.runtime = runtime
    schedule = settings.schedule
    // A person who is erased must be gone from the file, whatever the library's default.
    var limits = runtime.common.limits.store
    limits.erasesDeleted = true
    database = try await runtime.openDatabase(migrations: Schema.migrations, sealed: Schema.sealed, limits: limits)
    workLoop = try EventLoop(name: "work")
    guard let reservation = settings.egress else {
      throw LaunchFailure.other("the egress guard was not prepared before the first thread")
    }
    let rules = EgressRules(
      allowHTTP: settings.allowHTTP, ports: Set(settings.ports), allowedRanges: settings.allowedRanges,
      denyHosts: Set(settings.deniedHosts), deniesOwnAddresses: settings.deniesOwnAddresses)
    egress = try EgressGuard(rules: rules, reservation: reservation, loop: workLoop)
    http = HTTPClient(
      HTTPClientConfiguration(
        target: .customer, perHostConcurrency: settings.concurrency, totalConcurrency: settings.concurrency,
        allowPlainHTTP: settings.allowHTTP), guard: egress)
    // A test or a bench that runs the service inside another program posts in it.
    posters =
      PosterProgram.isOffered
      ? PosterPool(
        program: "/proc/self/exe", pass: reservation.pass,
        check: { [egress] url throws(OutboundFailure) in try egress.check(url: url) }, loop: workLoop,
        log: runtime.log, metrics: runtime.metrics) : nil
    poster = WebhookPoster(http: http, posters: posters, keyring: runtime.keyring, log: runtime.log)
    notifier = ChangeNotifier(loop: workLoop)
    worker = DeliveryWorker(
      database: database, poster: poster,
      schedule: settings.schedule,
      places: DeliveryPlaces(total: settings.concurrency, perWebhook: settings.concurrencyPerWebhook), loop: workLoop,
      clock: runtime.clock, log: runtime.log, metrics: runtime.metrics,
      onNews: { [notifier] in notifier.announce() })
    watch = QueueWatch(
      database: database, loop: workLoop, clock: runtime.clock, log: runtime.log, metrics: runtime.metrics)
    erasure = ErasureWorker(database: database, loop: workLoop, clock: runtime.clock, log: runtime.log)
    prune = PruneWorker(
      database: database, kept: settings.eventRetention.components.seconds * 1_000,
      attemptsKept: settings.attemptRetention.components.seconds * 1_000, loop: workLoop,
      clock: runtime.clock, log: runtime.log, metrics: runtime.metrics)
    replays = ReplayWorker(
      database: database, loop: workLoop, clock: runtime.clock, log: runtime.log, metrics: runtime.metrics,
      onQueued: { [worker] in worker.wake(replaysOf: $0) })
    let registry = runtime.peer(.senderRegistry)
    owners = OutboxSender(
      OwnerNews.queue, database: database, interval: Self.ownersToldEvery, loop: workLoop, clock: runtime.clock,
      log: runtime.log
    ) { payload in try await OwnerNews.send(payload, to: registry) }
    upkeep = WebhookUpkeep(database: database, loop: workLoop, clock: runtime.clock, log: runtime.log)
    keyed = KeyedCalls(database: database, keyring: runtime.keyring, clock: runtime.clock)
    feed = EventFeed(notifier: notifier)
    replica = SenderReplica(
      database: database, registry: runtime.peer(.senderRegistry), inTransit: nil, atRest: runtime.keyring,
      loop: workLoop, clock: runtime.clock, log: runtime.log, metrics: runtime.metrics)
  }

  package func start() async throws {
    let (schedule, now) = (schedule, runtime.clock.now)
    let released = try await database.write {
      try DeliveryRow.releaseInterrupted(schedule: schedule, at: now, $0)
    }
    let turns = try await database.write { try LostTurns.give($0) }
    if turns > 0 { runtime.log.error("deliveries.turns_lost", ["given": .int(turns)]) }
    if released > 0 { runtime.log.notice("deliveries.interrupted", ["again": .int(released)]) }
    try await egress.start()
    try await runtime.startRPC(router: routes, serving: ReceiptsAPI.calls)
    let none = HTTPRoutes()
    try await runtime.startHTTP(bodyLimit: { _ in 0 }) { await none.respond(to: $0) }
    replica.start()
    worker.start()
    watch.start()
    erasure.start()
    prune.start()
    replays.start()
    owners.start()
    upkeep.start()
  }

  package func readiness() async -> Readiness {
    runtime.peer(.senderRegistry).isConnected
      ? .ready : Readiness(degraded: [ServiceName.senderRegistry.rawValue: "not connected"])
  }

  /// New events stop coming (the listeners drain); attempts under way are finished and kept.
  /// Those that outlast the limit are cut, and made again after the next start.
  package func drain(within limit: Duration) async {
    notifier.close()
    await worker.stop(within: limit) { [http, posters] in
      http.close()
      posters?.close()
    }
  }

  package func stop() async {
    // After a start that failed half-way nobody has drained.
    await worker.stop(within: .zero) { [http, posters] in
      http.close()
      posters?.close()
    }
    notifier.close()
    await watch.stop()
    await erasure.stop()
    await prune.stop()
    await replays.stop()
    await owners.stop()
    await upkeep.stop()
    await replica.stop()
    http.close()
    posters?.close()
    await egress.close()
    workLoop.stop()
  }
}
