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

/// `sender-registry`: accounts, keys, senders and how they come online. The front door for people.
package struct SenderRegistryService: ServiceDefinition {
  package static let name = ServiceName.senderRegistry

  /// Every call this service answers.
  private static func routes(
    senders: SenderHandlers, onboarding: OnboardingHandlers, profiles: ProfileHandlers, replica: ReplicaHandlers
  ) -> Router {
    var router = Router()
    router.on(senders.create)
    router.on(senders.get)
    router.on(senders.list)
    router.on(senders.update)
    router.on(onboarding.connect)
    router.on(onboarding.steps)
    router.on(onboarding.record)
    router.on(profiles.get)
    router.on(profiles.update)
    router.on(profiles.sync)
    router.on(profiles.deleteLogo)
    router.on(profiles.categories)
    router.on(replica.changes)
    return router
  }

  /// Every endpoint that is no call.
  private static func rawRoutes(logos: LogoHandlers) -> RawRoutes {
    var routes = RawRoutes()
    routes.on(SenderRegistryAPI.putLogo, logos.put)
    routes.on(SenderRegistryAPI.getLogo, logos.get)
    return routes
  }

  private let runtime: ServiceRuntime
  private let egress: EgressGuard?
  private let http: HTTPClient
  /// For tests that look inside.
  package let database: Database
  package let notifier: ChangeNotifier
  private let worker: OnboardingWorker
  private let profiles: ProfileParts
  package let router: Router
  private let gateway: RESTGateway

  package static func prepareEnvironment(_ settings: inout SenderRegistrySettings, _ common: CommonSettings) throws {
    settings.egress = try OperatorEgress.prepare(urls: [settings.graphURL])
  }

  package static func settings(_ reader: inout SettingsReader) -> SenderRegistrySettings {
    SenderRegistrySettings(&reader)
  }

  package init(settings: SenderRegistrySettings, runtime: ServiceRuntime) async throws {
    self.runtime = runtime
    let (clock, log, keyring) = (runtime.clock, runtime.log, runtime.keyring)
    let database = try await runtime.openDatabase(migrations: Schema.migrations)
    self.database = database
    try await Bootstrap(
      accountName: settings.accountName, adminKey: settings.adminKey.flatMap { APIKeyText($0.string ?? "") },
      startsNewEpoch: settings.startsNewReplicaEpoch, keyring: keyring
    ).run(database, clock: clock)

    // One host, chosen by the operator: what customers set never becomes a URL here.
    let egress = try settings.egress?.makeGuard(loop: runtime.loop)
    self.egress = egress
    let http = HTTPClient(
      HTTPClientConfiguration(
        perHostConcurrency: OnboardingWorker.concurrency + ProfileWorker.concurrency,
        allowPlainHTTP: settings.graphURL.hasPrefix("http:")),
      guard: egress)
    self.http = http
    let graph = GraphClient(
      http: http,
      settings: GraphSettings(
        baseURL: settings.graphURL, version: settings.graphVersion,
        limits: OutboundLimits(responseBytes: 1 << 20)))

    let notifier = ChangeNotifier(loop: runtime.loop)
    self.notifier = notifier
    let worker = OnboardingWorker(
      OnboardingRun(
        database: database,
        steps: OnboardingSteps(
          graph: graph, appID: settings.metaAppID, appSecret: settings.metaAppSecret, keyring: keyring, clock: clock),
        keyring: keyring, notifier: notifier, backoff: settings.onboardingBackoff, clock: clock, log: log,
        metrics: runtime.metrics),
      loop: runtime.loop)
    self.worker = worker
    let profiles = ProfileParts(
      database: database, graph: graph, keyring: keyring, senders: notifier, loop: runtime.loop, settings: settings,
      clock: clock, log: log, metrics: runtime.metrics)
    self.profiles = profiles
    router = Self.routes(
      senders: SenderHandlers(
        database: database, keyring: keyring, notifier: notifier, bindings: .asking(runtime.peer(.messagingRouter)),
        clock: clock,
        log: log),
      onboarding: OnboardingHandlers(
        database: database, keyring: keyring, notifier: notifier, wake: { worker.wake() }, clock: clock, log: log),
      profiles: profiles.handlers,
      replica: ReplicaHandlers(
        database: database, keyring: keyring, pairKeys: runtime.pairKeys, notifier: notifier))
    gateway = RESTGateway(
      authentication: RESTAuthentication(
        database: database, failures: FailedKeys(clock: clock), clock: clock, log: log),
      rates: RateLimiter(perSecond: settings.requestsPerSecond, clock: clock), router: router,
      raw: Self.rawRoutes(logos: LogoHandlers(profiles: profiles.handlers)),
      forward: { endpoint, params, context in
        await runtime.peer(endpoint.owner).callRaw(
          method: endpoint.method, params: params, isIdempotent: endpoint.isIdempotent, timeout: context.remaining,
          account: context.account, actor: context.actor, key: context.key, trace: context.trace)
      }, log: log)
  }

  package func start() async throws {
    try await egress?.start()
    for peer in [ServiceName.verifier, .messagingRouter, .receipts] { runtime.peer(peer).keepConnected() }
    worker.start()
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
    await worker.stop()
    await profiles.worker.stop()
  }

  package func stop() async {
    await worker.stop()
    await profiles.worker.stop()
    http.close()
    await egress?.close()
  }
}
