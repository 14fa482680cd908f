import CarrierAPI
import Contracts
package import Daemon
import GraphAPI
import HTTP
import Outbound
package import Store
import Telemetry
import Transport
package import Wire
import Workers

/// `verifier`: proves to Meta that a number is the business's, by the code the number receives.
package struct VerifierService: ServiceDefinition {
  package static let name = ServiceName.verifier

  /// Every call this service answers.
  private static func routes(
    _ verifications: VerificationHandlers, _ lists: VerificationListHandlers, _ sessions: SessionHandlers,
    _ recordings: RecordingHandlers
  ) -> Router {
    var router = Router()
    router.on(verifications.start)
    router.on(verifications.submit)
    router.on(lists.get)
    router.on(lists.list)
    router.on(lists.events)
    router.on(sessions.cancel)
    router.on(sessions.callAgain)
    router.on(recordings.list)
    router.on(recordings.discard)
    return router
  }

  private let runtime: ServiceRuntime
  private let egress: EgressGuard?
  private let http: HTTPClient
  /// For tests that look inside.
  package let database: Database
  private let replica: SenderReplica
  private let outbox: OutboxWorker
  private let watcher: VerificationWatcher
  private let notifier: ChangeNotifier
  package let router: Router

  package static func prepareEnvironment(_ settings: inout VerifierSettings, _ common: CommonSettings) throws {
    settings.egress = try OperatorEgress.prepare(
      urls: [settings.graphURL] + (settings.carrier.map { [$0.baseURL] } ?? []))
  }

  package static func settings(_ reader: inout SettingsReader) -> VerifierSettings { VerifierSettings(&reader) }

  package init(settings: VerifierSettings, runtime: ServiceRuntime) async throws {
    self.runtime = runtime
    let (clock, log, loop, keyring) = (runtime.clock, runtime.log, runtime.loop, runtime.keyring)
    let database = try await runtime.openDatabase(migrations: Schema.migrations, sealed: Schema.sealed)
    self.database = database
    let registry = runtime.peer(.senderRegistry)

    // Hosts chosen by the operator: what customers set never becomes a URL here.
    let egress = try settings.egress?.makeGuard(loop: runtime.loop)
    self.egress = egress
    let http = HTTPClient(
      HTTPClientConfiguration(
        perHostConcurrency: 32,
        allowPlainHTTP: settings.graphURL.hasPrefix("http:") || settings.carrier?.baseURL.hasPrefix("http:") == true),
      guard: egress)
    self.http = http
    let graph = GraphClient(
      http: http,
      settings: GraphSettings(
        baseURL: settings.graphURL, version: settings.graphVersion,
        // Well within the 20 s a caller waits, with time for the read that settles a lost answer.
        limits: OutboundLimits(head: .seconds(8), whole: .seconds(8), responseBytes: 64 << 10)))

    replica = SenderReplica(
      database: database, registry: registry,
      inTransit: try ReplicaSealing.keyring(with: .senderRegistry, keys: runtime.pairKeys), atRest: keyring, loop: loop,
      clock: clock, log: log, metrics: runtime.metrics)
    let (outboxBox, watcherBox) = (TurnBox(), TurnBox())
    let outboxWork = WorkLoop("outbox", loop: loop, clock: clock, log: log) { try await outboxBox.turn() }
    let watcherWork = WorkLoop("watcher", loop: loop, clock: clock, log: log) { try await watcherBox.turn() }
    let inFlight = InFlight()
    let notifier = ChangeNotifier(loop: loop)
    self.notifier = notifier
    let journal = VerificationJournal(
      database: database, times: VerificationTimes(), clock: clock, log: log, metrics: runtime.metrics,
      notifier: notifier, wakeOutbox: { outboxWork.wake() }, wakeWorkers: { watcherWork.wake() })
    outbox = OutboxWorker(database: database, clock: clock, log: log, box: outboxBox, work: outboxWork) {
      message throws(CallFailure) in
      switch message {
      case .verification(let call): _ = try await registry.call(call, timeout: .seconds(10))
      case .event(let call): _ = try await registry.call(call, timeout: .seconds(10))
      }
    }
    watcher = VerificationWatcher(
      database: database, graph: graph, keyring: keyring, journal: journal, inFlight: inFlight, loop: loop,
      box: watcherBox, work: watcherWork)
    router = Self.routes(
      VerificationHandlers(
        database: database, graph: graph, keyring: keyring, journal: journal, inFlight: inFlight,
        keyed: KeyedCalls(database: database, keyring: keyring, clock: clock),
        platform: PlatformChecks(carrier: settings.carrier.map { CarrierClient(http: http, settings: $0) })),
      VerificationListHandlers(database: database, feed: EventFeed(notifier: notifier)),
      SessionHandlers(journal: journal, keyring: keyring), RecordingHandlers(database: database))
  }

  package func start() async throws {
    try await egress?.start()
    runtime.peer(.senderRegistry).keepConnected()
    try await watcher.start()
    // This process owns its database: what a dead predecessor had leased is due now, not when its lease runs out.
    _ = try await database.write { try RegistryOutbox.queue.releaseLeases($0) }
    outbox.start()
    replica.start()
    try await runtime.startRPC(router: router, serving: VerifierAPI.calls)
    // Nothing is public here yet; the carrier's webhooks will be.
    let routes = HTTPRoutes()
    try await runtime.startHTTP(bodyLimit: { _ in 0 }, handler: { await routes.respond(to: $0) })
  }

  package func drain(within limit: Duration) async {
    notifier.close()
    await replica.stop()
    await watcher.stop()
    await outbox.stop()
  }

  /// Lets the workers look at the clock now: a test has moved it.
  package func wakeWorkers() {
    watcher.wake()
    outbox.wake()
  }

  package func stop() async {
    http.close()
    await egress?.close()
  }
}
