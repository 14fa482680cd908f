import Contracts
import Daemon
import HTTP
import Store
import Telemetry
import Transport
import Wire
import Workers

/// Everything about broadcasts, put together: the calls, the link for files, the work.
struct BroadcastDesk: Sendable {
  private let handlers: BroadcastHandlers
  private let reception: BroadcastReception
  private let links: BroadcastLinks
  private let feeder: BroadcastFeeder

  /// `onQueued` is called when there is something to send, `onEnded` when messages have ended.
  init(
    settings: BroadcastSettings, publicURL: String?, runtime: ServiceRuntime, database: Database, loop: EventLoop,
    onQueued: @escaping @Sendable () -> Void, onEnded: @escaping @Sendable () -> Void
  ) async throws {
    let (clock, log, keyring) = (runtime.clock, runtime.log, runtime.keyring)
    let secret = try await SignedLinks.secret("broadcasts", in: "link_keys", database, keyring, now: clock.now)
    let links = BroadcastLinks(secret: secret, publicURL: publicURL)
    let feeder = BroadcastFeeder(
      database: database, loop: loop, clock: clock, log: log, metrics: runtime.metrics, onQueued: onQueued,
      onEnded: onEnded)
    self.links = links
    self.feeder = feeder
    let reception = BroadcastReception(database: database, links: links, settings: settings, clock: clock, log: log)
    self.reception = reception
    handlers = BroadcastHandlers(
      database: database, keyring: keyring, clock: clock, links: links, settings: settings,
      onChange: {
        feeder.wake()
        onEnded()
      })
  }

  /// The calls.
  func add(to router: inout Router) { handlers.add(to: &router) }

  /// The path of the links.
  func add(to routes: inout HTTPRoutes) { routes.on("PUT", BroadcastLinks.pattern, reception.answer) }

  /// Whether a request brings a file of recipients, which is read as it comes.
  static func isUpload(_ head: HTTPRequestHead) -> Bool {
    head.method == "PUT" && head.path.hasPrefix("/v1/broadcasts/") && head.path.hasSuffix("/recipients")
  }

  /// Where the service answers, for links when no public URL is set.
  func listen(at address: SocketAddress) { links.listen(at: "http://\(address)") }

  func start() { feeder.start() }

  /// The time of day was set, or a sender or a template may have changed.
  func wake() { feeder.wake() }

  func stop() async { await feeder.stop() }
}
