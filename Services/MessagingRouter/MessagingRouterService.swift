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
/// Table of contents: `routes` and `webhooks` (in `+Routes`) name what is answered, `RouterClients` who is called
/// outside; `Workers` what happens in between.
package final class MessagingRouterService: ServiceDefinition {
  package static let name = ServiceName.messagingRouter

  let runtime: ServiceRuntime
  let settings: MessagingRouterSettings
  package let database: Database
  private let workLoop: EventLoop
  let clients: RouterClients
  private let receipts: Peer
  private let replica: SenderReplica
  let inbox: InboxWorker
  private let turns: TurnWorker
  let outbound: OutboundWorker
  let templates: TemplateKeeping
  let media: MediaDesk
  /// What is sent with a message goes through this first.
  var mediaUploads: MediaUploads { media.uploads }
  let handover: EventHandover
  private let accountHandover: HandoverWorker<SenderRegistryAPI.RecordMetaEvents.Event>
  let upkeep: RouterUpkeep
  private let moves: ConversationMover
  let broadcasts: BroadcastDesk

  package static func settings(_ reader: inout SettingsReader) -> MessagingRouterSettings {
    MessagingRouterSettings(&reader)
  }

  /// Everything called here (Meta, the model server) is the operator's choice.
  package static func prepareEnvironment(_ settings: inout MessagingRouterSettings, _ common: CommonSettings) throws {
    settings.egress = try OperatorEgress.prepare(urls: [settings.graphURL, settings.aiBaseURL] + settings.media.hosts)
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
    clients = try RouterClients(settings, loop: workLoop)
    let graph = clients.graph
    let media = try await MediaDesk(
      settings: settings.media, appID: settings.metaAppID, directory: runtime.common.dataDirectory + "/media",
      graph: clients.graphSettings,
      http: clients.mediaHTTP, runtime: runtime, database: database, loop: workLoop)
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
      database: database, chat: clients.chat, loop: workLoop, clock: clock, log: log, metrics: metrics,
      concurrency: settings.turnConcurrency, answerLimit: settings.aiTimeout, onQueued: { outbound.wake() })
    let templates = TemplateKeeping(
      database: database, http: clients.graphHTTP, settings: clients.graphSettings,
      interval: settings.templateSyncInterval,
      examples: media.examples, keyring: runtime.keyring, loop: workLoop, clock: clock, log: log, metrics: metrics,
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
    let upkeep = RouterUpkeep(
      settings, database: database, loop: workLoop, clock: clock, log: log, metrics: metrics,
      onTold: { handover.wake() }, onErased: { media.erased() })
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
        upkeep.senderChanged()
      })
    self.handover = handover
    self.upkeep = upkeep
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
    try await clients.egress?.start()
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
    moves.start()
    upkeep.start()
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
    moves.wake()
    upkeep.wake()
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
    workLoop.execute { [workLoop, clients] in
      workLoop.schedule(after: limit * 3 / 4) { clients.graphHTTP.close() }
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.inbox.stop() }
      group.addTask { await self.turns.stop() }
      group.addTask { await self.outbound.stop() }
      group.addTask { await self.media.stop() }
      group.addTask { await self.broadcasts.stop() }
      group.addTask { await self.templates.stop() }
      group.addTask { await self.moves.stop() }
      group.addTask { await self.upkeep.stop() }
    }
    await handover.stop()
    await accountHandover.stop()
  }

  package func stop() async {
    await replica.stop()
    await clients.close()
    workLoop.stop()
  }

}

extension Readiness {
  /// Ready for its own job; peers that are not connected are listed as degraded.
  fileprivate init(missing peers: [(name: String, isConnected: Bool)]) {
    self = .ready
    for peer in peers where !peer.isConnected { degraded[peer.name] = "not connected" }
  }
}
