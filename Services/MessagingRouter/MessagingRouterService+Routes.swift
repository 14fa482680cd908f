import Contracts
import Crypto
import Daemon
import GraphAPI
import HTTP
import Store
import Telemetry
import Transport
import Wire
import Workers

extension MessagingRouterService {
  /// The calls of `MessagingRouterAPI` and who answers them.
  var routes: Router {
    let assistants = AssistantHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, defaultModel: settings.aiModel,
      onWithdrawn: { [handover] in handover.wake() })
    let sends = SendHandlers(
      database: database, keyring: runtime.keyring, clock: runtime.clock, onQueued: { [outbound] in outbound.wake() },
      onEnded: { [handover, outbound] in
        handover.wake()
        // What waited behind it in its conversation may go.
        outbound.wake()
      }, refresh: templates.refresh)
    let signals = ConversationSignals(
      database: database, graph: clients.signalGraph, keyring: runtime.keyring, clock: runtime.clock,
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
    assistants.add(to: &router)
    MessageHandlers(database: database, clock: runtime.clock).add(to: &router)
    ContactHandlers(database: database, clock: runtime.clock).add(to: &router)
    sends.add(to: &router)
    signals.add(to: &router)
    media.add(to: &router)
    broadcasts.add(to: &router)
    templates.handlers.add(to: &router)
    ErasureHandlers(database: database, clock: runtime.clock) { [upkeep] in upkeep.erasureAsked() }.add(to: &router)
    return router
  }

  /// What Meta calls.
  var webhooks: HTTPRoutes {
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

  /// Bytes of a request's body, by where it goes.
  func bodyLimit(_ head: HTTPRequestHead) -> Int {
    if BroadcastDesk.isUpload(head) { return settings.broadcasts.maximumBytes }
    if MediaDesk.isUpload(head) { return MediaReception.bodyLimit }
    return head.path == "/webhooks/meta" ? MetaWebhook.bodyLimit : 0
  }
}
