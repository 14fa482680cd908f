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
import Workers

/// The message engine: Meta's webhooks in, conversations and assistants, messages out, status events on to
/// `receipts`.
///
/// Table of contents: `routes` and `webhooks` name what is answered; `Workers` what happens in between.
package final class MessagingRouterService: ServiceDefinition {
  package static let name = ServiceName.messagingRouter

  private let runtime: ServiceRuntime
  private let settings: MessagingRouterSettings
  package let database: Database
  private let workLoop: EventLoop
  private let egress: EgressGuard?
  private let graphHTTP: HTTPClient
  private let chatHTTP: HTTPClient
  /// For calls that somebody waits for.
  private let signalGraph: GraphClient
  private let receipts: Peer
  private let replica: SenderReplica
  private let inbox: InboxWorker
  private let turns: TurnWorker
  private let outbound: OutboundWorker
  private let templates: TemplateKeeping
  private let media: MediaDesk
  /// What is sent with a message goes through this first.
  var mediaUploads: MediaUploads { media.uploads }
  private let handover: EventHandover
  private let accountHandover: HandoverWorker<SenderRegistryAPI.RecordMetaEvents.Event>
  private let sessions: SessionWorker
  private let moves: ConversationMover
  private let retention: RetentionWorker
  private let erasure: ContactErasureWorker
  private let broadcasts: BroadcastDesk

  package static func settings(_ reader: inout SettingsReader) -> MessagingRouterSettings {
    MessagingRouterSettings(&reader)
  }

  /// Everything called here (Meta, the model server) is the operator's choice.
  package static func prepareEnvironment(_ settings: inout MessagingRouterSettings, _ common: CommonSettings) throws {
    settings.egress = try OperatorEgress.prepare(urls: [settings.graphURL, settings.aiBaseURL] + settings.media.hosts)
  }

  /// The calls of `MessagingRouterAPI` and who answers them.
  private var routes: Router {
    let assistants = AssistantHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, defaultModel: settings.aiModel,
      onWithdrawn: { [handover] in handover.wake() })
    let messages = MessageHandlers(database: database)
    let sends = SendHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, onQueued: { [outbound] in outbound.wake() },
      onEnded: { [handover, outbound] in
        handover.wake()
        // What waited behind it in its conversation may go.
        outbound.wake()
      }, refresh: templates.refresh)
    let signals = ConversationSignals(
      database: database, graph: signalGraph, keyring: runtime.keyring, clock: runtime.clock,
      keyed: KeyedCalls(database: database, keyring: runtime.keyring, clock: runtime.clock))
    let scheduler = SchedulerHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, rates: outbound.rates,
      settleTime: settings.unknownSettleTime.milliseconds, lifetime: settings.messageTTL.milliseconds
    ) { [outbound, handover] in
      outbound.wake()
      handover.wake()
    }
    var router = Router()
    scheduler.add(to: &router)
    router.on(assistants.create)
    router.on(assistants.get)
    router.on(assistants.list)
    router.on(assistants.update)
    router.on(assistants.delete)
    router.on(assistants.binding)
    router.on(assistants.bindings)
    router.on(assistants.bind)
    router.on(messages.get)
    router.on(messages.list)
    router.on(messages.search)
    router.on(messages.conversations)
    ContactHandlers(database: database, clock: runtime.clock).add(to: &router)
    sends.add(to: &router)
    signals.add(to: &router)
    media.add(to: &router)
    broadcasts.add(to: &router)
    templates.handlers.add(to: &router)
    ErasureHandlers(database: database, clock: runtime.clock) { [erasure] in erasure.wake() }.add(to: &router)
    return router
  }

  /// What Meta calls.
  private var webhooks: HTTPRoutes {
    let secrets = [settings.metaAppSecret, settings.previousMetaAppSecret].compactMap { $0 }
    let meta = MetaWebhook(
      database: database, signature: WebhookSignature(appSecrets: secrets),
      verifyToken: settings.metaVerifyToken ?? Secret(RandomBytes.make(32)), clock: runtime.clock, log: runtime.log,
      received: runtime.metrics.counter("wss_router_webhooks_total", "Webhooks stored and answered 200."),
      refused: runtime.metrics.counter("wss_router_webhooks_refused_total", "Webhooks with a wrong signature."),
      onStored: { [inbox] in inbox.wake() })
    var routes = HTTPRoutes()
    routes.on("GET", "/webhooks/meta", meta.handshake)
    routes.on("POST", "/webhooks/meta", meta.receive)
    media.add(to: &routes)
    broadcasts.add(to: &routes)
    return routes
  }

  package init(settings: MessagingRouterSettings, runtime: ServiceRuntime) async throws {
    self.settings = settings
    self.runtime = runtime
    let (clock, log, metrics) = (runtime.clock, runtime.log, runtime.metrics)
    // A person who is erased must be gone from the file, whatever the library's default.
    var limits = runtime.common.limits.store
    limits.erasesDeleted = true
    database = try await runtime.openDatabase(migrations: Schema.migrations, sealed: Schema.sealed, limits: limits)
    // Background work has a loop of its own: parsing a large batch must not delay Meta's next webhook.
    workLoop = try EventLoop(name: "work")
    egress = try settings.egress?.makeGuard(loop: workLoop)
    graphHTTP = HTTPClient(Self.client(settings.graphURL, concurrency: settings.sendConcurrency), guard: egress)
    chatHTTP = HTTPClient(Self.client(settings.aiBaseURL, concurrency: settings.turnConcurrency), guard: egress)
    signalGraph = GraphClient(
      http: graphHTTP,
      settings: GraphSettings(
        baseURL: settings.graphURL, version: settings.graphVersion,
        limits: OutboundLimits(head: .seconds(5), whole: .seconds(5), responseBytes: 64 << 10)))
    let graphSettings = GraphSettings(
      baseURL: settings.graphURL, version: settings.graphVersion,
      limits: OutboundLimits(head: .seconds(20), whole: .seconds(25), responseBytes: 256 << 10))
    let graph = GraphClient(http: graphHTTP, settings: graphSettings)
    let media = try await MediaDesk(
      settings: settings.media, directory: runtime.common.dataDirectory + "/media", graph: graphSettings,
      http: HTTPClient(Self.mediaClient(settings), guard: egress), runtime: runtime, database: database, loop: workLoop)
    let chat = AssistantChat(
      server: OpenAICompatibleChat(
        http: chatHTTP, baseURL: settings.aiBaseURL, key: settings.aiKey,
        limits: OutboundLimits(head: settings.aiTimeout, whole: settings.aiTimeout, responseBytes: 1 << 20)))
    receipts = runtime.peer(.receipts)
    let handover = EventHandover(
      receipts, database: database, loop: workLoop, clock: clock, log: log, metrics: metrics)
    let accountHandover = HandoverWorker.toRegistry(
      runtime.peer(.senderRegistry), database: database, loop: workLoop, clock: clock, log: log, metrics: metrics)
    let outbound = OutboundWorker(
      database: database, graph: graph, media: .uploaded(by: media.uploads), keyring: runtime.keyring, loop: workLoop,
      clock: clock, log: log, metrics: metrics, concurrency: settings.sendConcurrency,
      lifetime: settings.messageTTL.milliseconds, onSettled: { handover.wake() }, onNews: { accountHandover.wake() })
    let turns = TurnWorker(
      database: database, chat: chat, loop: workLoop, clock: clock, log: log, metrics: metrics,
      concurrency: settings.turnConcurrency, answerLimit: settings.aiTimeout, onQueued: { outbound.wake() })
    let templates = TemplateKeeping(
      database: database, http: graphHTTP, settings: graphSettings, interval: settings.templateSyncInterval,
      keyring: runtime.keyring, loop: workLoop, clock: clock, log: log, metrics: metrics,
      onQueued: { outbound.wake() }, onChanged: { handover.wake() })
    let moves = ConversationMover(database: database, loop: workLoop, clock: clock, log: log)
    self.moves = moves
    let inbox = InboxWorker(
      keywords: settings.optOutKeywords, database: database, loop: workLoop, clock: clock, log: log, metrics: metrics,
      onInbound: { outbound.rates.charge(inbound: $0) }, onRemoved: { media.erased() },
      onStored: {
        media.wake()
        moves.wake()
        templates.wake()
        turns.wake()
        // A status may have ended a send whose answer is still awaited, a customer may have opened a window.
        outbound.wake()
        handover.wake()
        accountHandover.wake()
      })
    let sessions = SessionWorker(
      database: database, idle: Int64(settings.conversationIdleMinutes) * 60_000, loop: workLoop, clock: clock,
      log: log, metrics: metrics, onTold: { handover.wake() })
    retention = RetentionWorker(
      database: database, raw: settings.rawRetention.components.seconds * 1_000,
      history: settings.historyRetention == .zero ? nil : settings.historyRetention.components.seconds * 1_000,
      loop: workLoop, clock: clock, log: log, metrics: metrics)
    erasure = ContactErasureWorker(
      database: database, loop: workLoop, clock: clock, log: log,
      onTold: {
        handover.wake()
        media.erased()
      })
    replica = SenderReplica(
      database: database, registry: runtime.peer(.senderRegistry),
      inTransit: try ReplicaSealing.keyring(with: .senderRegistry, keys: runtime.pairKeys), atRest: runtime.keyring,
      loop: workLoop, clock: clock, log: log, metrics: metrics,
      onChange: {
        // Bodies about numbers that were unknown may be known now; a sender that came online has messages waiting.
        inbox.replicaChanged()
        outbound.wake()
        media.wake()
        templates.replicaChanged()
        sessions.wake()
      })
    self.handover = handover
    self.sessions = sessions
    self.accountHandover = accountHandover
    self.outbound = outbound
    self.templates = templates
    self.turns = turns
    self.inbox = inbox
    self.media = media
    broadcasts = try await BroadcastDesk(
      settings: settings.broadcasts, publicURL: settings.media.publicURL, runtime: runtime, database: database,
      loop: workLoop, onQueued: { outbound.wake() }, onEnded: { handover.wake() })
  }

  package func start() async throws {
    try await recover()
    try await egress?.start()
    try await runtime.startRPC(router: routes, serving: MessagingRouterAPI.calls)
    let webhooks = webhooks
    let address = try await runtime.startHTTP(
      bodyLimit: bodyLimit, streams: { MediaDesk.isUpload($0) || BroadcastDesk.isUpload($0) }
    ) {
      await webhooks.respond(to: $0)
    }
    media.listen(at: address)
    broadcasts.listen(at: address)
    receipts.onConnect { [handover] in handover.connected() }
    runtime.peer(.senderRegistry).onConnect { [accountHandover] in accountHandover.wake() }
    // Not only when there is something to hand over: `/readyz` would call a healthy peer missing until then.
    receipts.keepConnected()
    replica.start()
    inbox.start()
    turns.start()
    outbound.start()
    templates.start()
    handover.start()
    accountHandover.start()
    media.start()
    broadcasts.start()
    sessions.start()
    moves.start()
    retention.start()
    erasure.start()
  }

  /// Looks at every queue again, as each loop does by itself within a minute after the time of day was set.
  package func clockWasSet() {
    inbox.wake()
    turns.wake()
    outbound.wake()
    templates.wake()
    handover.wake()
    accountHandover.wake()
    media.clockWasSet()
    broadcasts.wake()
    sessions.wake()
    moves.wake()
    retention.wake()
    erasure.wake()
  }

  /// This process owns its database: whatever a dead predecessor was doing is settled before work begins.
  private func recover() async throws {
    let now = runtime.clock.now
    let unknown = try await database.write { connection in
      try ContactErasureRow.beginAnew(connection)
      for queue in [Schema.turns, AccountOutbox.queue] { try queue.releaseLeases(connection) }
      return try UnknownMessages.markInterrupted(at: now, connection)
    }
    if unknown > 0 { runtime.log.notice("messages.interrupted", ["unknown": .int(unknown)]) }
  }

  package func readiness() async -> Readiness {
    var readiness = Readiness(
      missing: [
        ("sender-registry", runtime.peer(.senderRegistry).isConnected), ("receipts", receipts.isConnected),
      ])
    // A store that cannot be read is reported by the daemon itself.
    let now = runtime.clock.now
    let givenUp = try? await database.read { try GivenUp.count(at: now, $0) }
    for (what, count) in givenUp ?? [] where count > 0 { readiness.degraded[what] = "\(count) given up" }
    return readiness
  }

  /// Webhooks stop first (the listeners drain); the loops finish their turns. A send under way is waited for.
  /// A send that Meta keeps waiting beyond the limit is cut: its row becomes `unknown`.
  package func drain(within limit: Duration) async {
    workLoop.execute { [workLoop, graphHTTP] in
      workLoop.schedule(after: limit * 3 / 4) { graphHTTP.close() }
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.inbox.stop() }
      group.addTask { await self.turns.stop() }
      group.addTask { await self.outbound.stop() }
      group.addTask { await self.media.stop() }
      group.addTask { await self.broadcasts.stop() }
      group.addTask { await self.templates.stop() }
      group.addTask { await self.sessions.stop() }
      group.addTask { await self.moves.stop() }
      group.addTask { await self.retention.stop() }
      group.addTask { await self.erasure.stop() }
    }
    await handover.stop()
    await accountHandover.stop()
  }

  package func stop() async {
    await replica.stop()
    graphHTTP.close()
    chatHTTP.close()
    await egress?.close()
    workLoop.stop()
  }

  private func bodyLimit(_ head: HTTPRequestHead) -> Int {
    if BroadcastDesk.isUpload(head) { return settings.broadcasts.maximumBytes }
    if MediaDesk.isUpload(head) { return MediaReception.bodyLimit }
    return head.path == "/webhooks/meta" ? MetaWebhook.bodyLimit : 0
  }

  private static func mediaClient(_ settings: MessagingRouterSettings) -> HTTPClientConfiguration {
    let isPlain = ([settings.graphURL] + settings.media.hosts).contains { $0.hasPrefix("http://") }
    return HTTPClientConfiguration(
      perHostConcurrency: settings.media.concurrency, totalConcurrency: 2 * settings.media.concurrency,
      allowPlainHTTP: isPlain)
  }

  private static func client(_ url: String, concurrency: Int) -> HTTPClientConfiguration {
    HTTPClientConfiguration(
      perHostConcurrency: concurrency, totalConcurrency: concurrency, allowPlainHTTP: url.hasPrefix("http://"))
  }
}

extension Readiness {
  /// Ready for its own job; peers that are not connected are listed as degraded.
  fileprivate init(missing peers: [(name: String, isConnected: Bool)]) {
    self = .ready
    for peer in peers where !peer.isConnected { degraded[peer.name] = "not connected" }
  }
}
