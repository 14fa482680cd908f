import CarrierAPI
import Contracts
import Crypto
package import Daemon
import GraphAPI
import HTTP
import Outbound
package import Store
import Telemetry
import Transport
package import Wire
package import Workers

/// `sender-registry`: accounts, keys, senders and how they come online. The front door for people.
package struct SenderRegistryService: ServiceDefinition {
  package static let name = ServiceName.senderRegistry

  /// Every call this service answers.
  private static func routes(
    senders: SenderHandlers, onboarding: OnboardingHandlers, signup: SignupHandlers, numbers: NumberHandlers,
    ready: ReadyNumberHandlers, keeping: StateKeeping, profiles: ProfileHandlers, replica: ReplicaHandlers,
    access: AccessRoutes
  ) -> Router {
    var router = Router()
    router.on(senders.create)
    router.on(senders.get)
    router.on(senders.list)
    router.on(senders.update)
    router.on(onboarding.connect)
    router.on(onboarding.steps)
    router.on(onboarding.record)
    router.on(signup.requirements.list)
    router.on(signup.events.record)
    router.on(signup.events.list)
    router.on(signup.links.create)
    router.on(signup.links.get)
    router.on(signup.links.list)
    router.on(signup.links.revoke)
    router.on(numbers.list)
    router.on(numbers.get)
    router.on(numbers.add)
    router.on(numbers.update)
    router.on(numbers.delete)
    router.on(numbers.search)
    router.on(numbers.buy)
    router.on(numbers.release)
    router.on(numbers.importNumbers)
    router.on(ready.list)
    router.on(ready.delete)
    router.on(keeping.state.disable)
    router.on(keeping.state.enable)
    router.on(keeping.state.refresh)
    router.on(keeping.state.delete)
    router.on(keeping.state.history)
    router.on(keeping.quality.get)
    router.on(keeping.quality.readings)
    router.on(keeping.quality.tiers)
    router.on(keeping.events.list)
    router.on(keeping.events.read)
    router.on(keeping.events.record)
    router.on(keeping.meta.record)
    router.on(profiles.get)
    router.on(profiles.update)
    router.on(profiles.sync)
    router.on(profiles.deleteLogo)
    router.on(profiles.categories)
    router.on(replica.changes)
    access.add(to: &router)
    return router
  }

  /// Every endpoint that is no call.
  private static func rawRoutes(signup: SignupHandlers, logos: LogoHandlers) -> RawRoutes {
    var routes = RawRoutes()
    routes.on(SenderRegistryAPI.describeAPI, OpenAPIPage().answer)
    routes.on(SenderRegistryAPI.putLogo, logos.put)
    routes.on(SenderRegistryAPI.getLogo, logos.get)
    routes.on(SenderRegistryAPI.onboardingPage, signup.page.show)
    routes.on(SenderRegistryAPI.onboardingStatus, signup.page.status)
    routes.on(SenderRegistryAPI.onboardingConnect, signup.page.connect)
    routes.on(SenderRegistryAPI.onboardingEvent, signup.page.event)
    return routes
  }

  private let runtime: ServiceRuntime
  private let egress: EgressGuard?
  private let http: HTTPClient
  /// For tests that look inside.
  package let database: Database
  package let notifier: ChangeNotifier
  private let positions: ReplicaPositions
  private let worker: OnboardingWorker
  private let numbers: NumberWorker
  private let pool: PoolWorker
  private let outbox: OutboxSender
  private let keeping: StateKeeping
  private let profiles: ProfileParts
  package let router: Router
  private let gateway: RESTGateway

  package static func prepareEnvironment(_ settings: inout SenderRegistrySettings, _ common: CommonSettings) throws {
    settings.egress = try OperatorEgress.prepare(
      urls: [settings.graphURL] + (settings.carrier.map { [$0.baseURL] } ?? []))
  }

  package static func settings(_ reader: inout SettingsReader) -> SenderRegistrySettings {
    SenderRegistrySettings(&reader)
  }

  package init(settings: SenderRegistrySettings, runtime: ServiceRuntime) async throws {
    self.runtime = runtime
    let (clock, log, keyring) = (runtime.clock, runtime.log, runtime.keyring)
    let database = try await runtime.openDatabase(migrations: Schema.migrations, sealed: Schema.sealed)
    self.database = database
    try await Bootstrap(
      accountName: settings.accountName, adminKey: settings.adminKey.flatMap { APIKeyText($0.string ?? "") },
      startsNewEpoch: settings.startsNewReplicaEpoch, keyring: keyring
    ).run(database, clock: clock)

    // Hosts chosen by the operator: what customers set never becomes a URL here.
    let egress = try settings.egress?.makeGuard(loop: runtime.loop)
    self.egress = egress
    let http = HTTPClient(
      HTTPClientConfiguration(
        perHostConcurrency: OnboardingWorker.concurrency + settings.polling.concurrency + ProfileWorker.concurrency,
        allowPlainHTTP: settings.graphURL.hasPrefix("http:") || settings.carrier?.baseURL.hasPrefix("http:") == true),
      guard: egress)
    self.http = http
    let graph = GraphClient(
      http: http,
      settings: GraphSettings(
        baseURL: settings.graphURL, version: settings.graphVersion,
        limits: OutboundLimits(responseBytes: 1 << 20)))

    let notifier = ChangeNotifier(loop: runtime.loop)
    self.notifier = notifier
    let positions = ReplicaPositions(loop: runtime.loop)
    self.positions = positions
    let worker = OnboardingWorker(
      OnboardingRun(
        database: database,
        steps: OnboardingSteps(
          graph: graph, policy: OnboardingPolicy(settings), database: database, keyring: keyring, clock: clock),
        keyring: keyring, notifier: notifier, backoff: settings.onboardingBackoff, clock: clock, log: log,
        metrics: runtime.metrics),
      loop: runtime.loop)
    self.worker = worker
    let carrier = settings.carrier.map { CarrierClient(http: http, settings: $0) }
    let numbers = NumberWorker(
      database: database, carrier: carrier, notifier: notifier, backoff: settings.carrierBackoff, loop: runtime.loop,
      clock: clock, log: log, metrics: runtime.metrics)
    self.numbers = numbers
    let partner = settings.partnerAccess(graph)
    if partner != nil { try await database.write { try $0.renewPoolTokens() } }
    let pool = PoolWorker(
      database: database, partner: partner, notifier: notifier, backoff: settings.carrierBackoff,
      interval: settings.poolInterval, loop: runtime.loop, clock: clock, log: log)
    self.pool = pool
    let audit = AuditTrail(
      database: database, keptMilliseconds: settings.auditKeptMilliseconds, clock: clock, log: log)
    let receipts = runtime.peer(.receipts)
    let outbox = OutboxSender(
      ReceiptsOutbox.queue, database: database, loop: runtime.loop, clock: clock, log: log
    ) { payload in try await ReceiptsOutbox.send(payload, to: receipts) }
    self.outbox = outbox
    let onboarding = OnboardingHandlers(
      database: database, keyring: keyring, notifier: notifier, wake: { worker.wake() }, lookAtPool: { pool.look() },
      tellReceipts: { outbox.wake() }, clock: clock, log: log)
    let signup = SignupHandlers(settings, onboarding)
    let bindings = AssistantBindings.asking(runtime.peer(.messagingRouter))
    let keeping = StateKeeping(
      database: database, graph: graph, notifier: notifier, settings: settings.polling,
      runtime: runtime)
    self.keeping = keeping
    let profiles = ProfileParts(
      database: database, graph: graph, keyring: keyring, senders: notifier, loop: runtime.loop, settings: settings,
      clock: clock, log: log, metrics: runtime.metrics)
    self.profiles = profiles
    router = Self.routes(
      senders: SenderHandlers(
        database: database, keyring: keyring, notifier: notifier, bindings: bindings,
        platform: PlatformNumbers(mode: settings.partnerMode, wakePool: { pool.wake() }), clock: clock,
        log: log),
      onboarding: onboarding, signup: signup,
      numbers: NumberHandlers(
        database: database, keyring: keyring, carrier: carrier, provider: settings.carrierName, notifier: notifier,
        wake: { numbers.wake() }, clock: clock, log: log),
      ready: ReadyNumberHandlers(
        database: database, notifier: notifier, wake: { pool.wake() }, clock: clock),
      keeping: keeping,
      profiles: profiles.handlers,
      replica: ReplicaHandlers(
        database: database, keyring: keyring, pairKeys: runtime.pairKeys, notifier: notifier,
        positions: positions, log: log, partnerToken: partner?.token),
      access: AccessRoutes(
        database: database, keyring: keyring, requestsPerSecond: settings.requestsPerSecond, clock: clock, log: log))
    gateway = RESTGateway(
      authentication: RESTAuthentication(
        database: database, failures: FailedKeys(clock: clock), clock: clock, log: log),
      rates: RateLimiter(perSecond: settings.requestsPerSecond, clock: clock),
      audit: audit, router: router,
      raw: Self.rawRoutes(signup: signup, logos: LogoHandlers(profiles: profiles.handlers)),
      forward: { endpoint, params, context in
        await runtime.peer(endpoint.owner).callRaw(
          method: endpoint.method, params: params, isIdempotent: endpoint.isIdempotent, timeout: context.remaining,
          account: context.account, actor: context.actor, key: context.key, trace: context.trace)
      },
      waitForCopy: { sender, owner, context in
        // A service that is not there would not hear of it either.
        guard runtime.peer(owner).isConnected, let account = context.account else { return }
        let row = try await database.read {
          try $0.sender(SenderID(trusted: sender), account: AccountID(trusted: account))
        }
        guard let row else { return }
        await positions.wait(for: owner, toReach: row.replicaCounter, atMost: context.remaining - .milliseconds(500))
      }, log: log)
  }

  package func start() async throws {
    try await egress?.start()
    for peer in [ServiceName.verifier, .messagingRouter, .receipts] { runtime.peer(peer).keepConnected() }
    worker.start()
    numbers.start()
    pool.start()
    outbox.start()
    keeping.start()
    try await profiles.worker.start()
    try await runtime.startRPC(router: router, serving: SenderRegistryAPI.calls)
    let missing = gateway.raw.unhandled(SenderRegistryAPI.rawEndpoints)
    if !missing.isEmpty {
      throw LaunchFailure.other("these endpoints have no handler: \(missing.joined(separator: ", "))")
    }
    let routes = gateway.routes()
    try await runtime.startHTTP(bodyLimit: gateway.bodyLimit(routes), handler: { await routes.respond(to: $0) })
  }

  package func drain(within limit: Duration) async {
    // Long polls would otherwise hold the RPC listener for up to 20 seconds.
    notifier.close()
    profiles.notifier.close()
    positions.close()
    await stopWorkers()
  }

  private func stopWorkers() async {
    await worker.stop()
    await numbers.stop()
    await pool.stop()
    await outbox.stop()
    await keeping.stop()
    await profiles.worker.stop()
  }

  /// Lets the workers look at the clock now: a test has moved it.
  package func wakeWorkers() {
    worker.wake()
    numbers.wake()
    pool.look()
    keeping.wake()
    profiles.worker.wake()
  }

  /// Looks at every due time again, as each loop does by itself within a minute.
  package func clockWasSet() { wakeWorkers() }

  package func stop() async {
    await stopWorkers()
    http.close()
    await egress?.close()
  }
}
