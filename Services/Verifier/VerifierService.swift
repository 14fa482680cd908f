import CarrierAPI
import Contracts
package import Daemon
import GraphAPI
package import HTTP
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
    _ recordings: RecordingHandlers, _ voiceRoutes: VoiceRouteHandlers
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
    router.on(voiceRoutes.get)
    router.on(voiceRoutes.set)
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
  private let interceptor: Interceptor
  private let notifier: ChangeNotifier
  /// What the world reaches over HTTP.
  package let web: HTTPRoutes
  private let lookups: CallLookups?
  private let recordings: Recordings
  package let router: Router

  package static func prepareEnvironment(_ settings: inout VerifierSettings, _ common: CommonSettings) throws {
    settings.egress = try OperatorEgress.prepare(
      urls: [settings.graphURL] + (settings.carrier.rest.map { [$0.baseURL] } ?? []) + settings.hearing.urls)
  }

  package static func settings(_ reader: inout SettingsReader) -> VerifierSettings { VerifierSettings(&reader) }

  package init(settings: VerifierSettings, runtime: ServiceRuntime) async throws {
    self.runtime = runtime
    let (clock, log, loop, keyring) = (runtime.clock, runtime.log, runtime.loop, runtime.keyring)
    var limits = runtime.common.limits.store
    limits.erasesDeleted = true
    let database = try await runtime.openDatabase(
      migrations: Schema.migrations, sealed: Schema.sealed, limits: limits)
    self.database = database
    let registry = runtime.peer(.senderRegistry)

    // Hosts chosen by the operator: what customers set never becomes a URL here.
    let egress = try settings.egress?.makeGuard(loop: runtime.loop)
    self.egress = egress
    let plain = ([settings.graphURL, settings.carrier.rest?.baseURL ?? ""] + settings.hearing.urls).contains {
      $0.hasPrefix("http:")
    }
    let http = HTTPClient(
      HTTPClientConfiguration(perHostConcurrency: 32, allowPlainHTTP: plain), guard: egress)
    self.http = http
    let carrier = settings.carrier.carrier(http)
    let graph = GraphClient(
      http: http,
      settings: GraphSettings(
        baseURL: settings.graphURL, version: settings.graphVersion,
        // Well within the 20 s a caller waits, with time for the read that settles a lost answer.
        limits: OutboundLimits(head: .seconds(8), whole: .seconds(8), responseBytes: 64 << 10)))

    let notifier = ChangeNotifier(loop: loop)
    self.notifier = notifier
    let journal = VerificationJournal(
      database: database, times: settings.times, clock: clock, log: log, metrics: runtime.metrics, notifier: notifier)
    let outboxBox = TurnBox()
    let outboxWork = WorkLoop("outbox", loop: loop, clock: clock, log: log) { try await outboxBox.turn() }
    let interceptor = Interceptor(
      RouteSettler(
        database: database, keyring: keyring, carrier: carrier, voiceURL: settings.carrier.voiceURL,
        publicURL: settings.carrier.publicURL, times: InterceptionTimes(), hooks: SessionHooks(journal: journal).hooks,
        clock: clock, log: log, measures: InterceptionMeasures(runtime.metrics)), loop: loop)
    self.interceptor = interceptor
    replica = SenderReplica(
      database: database, registry: registry,
      inTransit: try ReplicaSealing.keyring(with: .senderRegistry, keys: runtime.pairKeys), atRest: keyring, loop: loop,
      clock: clock, log: log, metrics: runtime.metrics, onChange: { try await interceptor.sendersChanged() })
    let outbox = OutboxWorker(database: database, clock: clock, log: log, box: outboxBox, work: outboxWork) {
      message throws(CallFailure) in
      switch message {
      case .verification(let call): _ = try await registry.call(call, timeout: .seconds(10))
      case .event(let call): _ = try await registry.call(call, timeout: .seconds(10))
      }
    }
    self.outbox = outbox
    let inFlight = InFlight { notifier.announce() }
    let exchange = CodeExchange(graph: graph, journal: journal)
    let watcher = VerificationWatcher(
      VerificationRun(
        exchange: exchange, session: SessionRun(exchange: exchange, keyring: keyring, journal: journal),
        keyring: keyring, journal: journal),
      inFlight: inFlight, loop: loop)
    self.watcher = watcher
    // Without a carrier or a public URL nobody calls us.
    let webhooks = settings.carrier.publicURL.flatMap { publicURL in
      carrier.map { carrier in
        CarrierWebhooks(
          database: database, carrier: carrier, keyring: keyring, publicURL: publicURL, journal: journal)
      }
    }
    let lookups = webhooks.map { CallLookups($0, loop: loop) }
    self.lookups = lookups
    let recordings = try await Recordings(
      journal: journal, keyring: keyring, carrier: CarrierRecordings(carrier),
      engines: settings.hearing.makeEngines(http: http), publicURL: settings.carrier.publicURL, loop: loop)
    self.recordings = recordings
    var web = HTTPRoutes()
    webhooks?.register(&web)
    recordings.register(&web)
    self.web = web
    notifier.onAnnounce {
      interceptor.wake()
      watcher.wake()
      outbox.wake()
      lookups?.wake()
    }
    let platform = PlatformChecks(carrierName: settings.carrier.name, carrier: carrier)
    let listening = Listening(
      carrierName: settings.carrier.name, isConfigured: webhooks != nil, limit: settings.atOnce,
      interception: settings.carrier.interceptionLimit.milliseconds)
    router = Self.routes(
      VerificationHandlers(
        database: database, exchange: exchange, keyring: keyring, journal: journal, inFlight: inFlight,
        keyed: KeyedCalls(database: database, keyring: keyring, clock: clock),
        platform: platform, listening: listening),
      VerificationListHandlers(database: database, feed: EventFeed(notifier: notifier)),
      SessionHandlers(journal: journal, keyring: keyring, listening: listening, platform: platform),
      recordings.handlers,
      VoiceRouteHandlers(
        database: database, keyring: keyring, edge: settings.carrier, carrier: carrier, clock: clock,
        wakeInterceptor: { interceptor.wake() }))
  }

  package func start() async throws {
    try await egress?.start()
    runtime.peer(.senderRegistry).keepConnected()
    // Before anybody is answered: no number stays switched because a process ended.
    try await interceptor.finishJournal(within: .seconds(8))
    interceptor.start()
    try await watcher.start()
    try await lookups?.start()
    recordings.start()
    // This process owns its database: what a dead predecessor had leased is due now, not when its lease runs out.
    _ = try await database.write { try RegistryOutbox.queue.releaseLeases($0) }
    outbox.start()
    replica.start()
    try await runtime.startRPC(router: router, serving: VerifierAPI.calls)
    let address = try await runtime.startHTTP(bodyLimit: { _ in CarrierWebhooks.bodyLimit }) { [web] in
      await web.respond(to: $0)
    }
    recordings.listen(at: address)
  }

  package func drain(within limit: Duration) async {
    notifier.close()
    await replica.stop()
    await watcher.stop()
    await lookups?.stop()
    await recordings.stop()
    await interceptor.stop()
    await outbox.stop()
  }

  package func readiness() async -> Readiness {
    var readiness = Readiness.ready
    readiness.degraded["voice_routes"] = await interceptor.problem()
    return readiness
  }

  /// Lets the workers look at the clock now: a test has moved it.
  package func wakeWorkers() {
    notifier.announce()
  }

  package func stop() async {
    http.close()
    await egress?.close()
  }
}
