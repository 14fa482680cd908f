import Contracts
import Crypto
import Daemon
import HTTP
import MessagingRouter
import Outbound
import Store
package import Telemetry
package import TestSupport
package import Transport
import Wire

/// The real `messaging-router` on ports of the kernel's choice with a temporary store; registry and receipts are
/// played over the real protocol, Meta and the model over HTTP.
package final class MessagingRouterHarness: Sendable {
  package static let appSecret = "app-secret"
  package static let verifyToken = "verify-token"

  package let time: TestClock
  package let files: ServiceFiles
  package let graph: FakeServer
  package let model: FakeServer
  package let registry: FakeRegistry
  package let receipts: FakeReceipts
  package let lines = CollectedLines()
  private let loop: EventLoop
  private let http: HTTPClient
  private let settings: [String: String]
  private let registryServer: RPCServer
  private let receiptsServer: RPCServer
  private let running = AsyncBox<RunningRouter>()

  /// Starts everything, runs `body`, and stops everything.
  package static func run(
    _ settings: [String: String] = [:], senders: [TestSender] = [], at time: TestClock = TestClock(),
    _ body: (MessagingRouterHarness, RunningRouter) async throws -> Void
  ) async throws {
    let harness = try await MessagingRouterHarness(settings, time: time)
    for sender in senders { harness.registry.publish(sender) }
    let router = try await harness.start()
    do {
      for sender in senders { try await router.knows(sender) }
      try await body(harness, router)
    } catch {
      for line in harness.lines.all.suffix(40) { print(line) }
      await harness.stop()
      throw error
    }
    await harness.stop()
  }

  private init(_ settings: [String: String], time: TestClock) async throws {
    self.settings = settings
    self.time = time
    files = try ServiceFiles()
    graph = try await FakeServer { MetaAnswers.accepted($0) }
    // The router reads templates by itself: an account without any, unless a test plays them.
    graph.answeringAside { request in
      request.path.hasSuffix("/message_templates") ? MetaAnswers.json(200, #"{"data":[]}"#) : nil
    }
    model = try await FakeServer { MetaAnswers.completion("re: " + MetaAnswers.question($0)) }
    registry = try FakeRegistry(keys: try files.pairKeys(.senderRegistry))
    receipts = FakeReceipts()
    loop = try EventLoop(name: "neighbours")
    registryServer = try Self.server(.senderRegistry, registry.router, files, loop)
    receiptsServer = try Self.server(.receipts, receipts.router, files, loop)
    http = HTTPClient(HTTPClientConfiguration(perHostConcurrency: 64, totalConcurrency: 64, allowPlainHTTP: true))
    try await registryServer.start()
    try await receiptsServer.start()
  }

  /// Starts the service, again after `RunningRouter.stop` with the same store.
  package func start(_ changed: [String: String] = [:]) async throws -> RunningRouter {
    var environment = files.environment(
      .messagingRouter,
      peers: [
        .senderRegistry: HostPort(host: "127.0.0.1", port: Int(registryServer.address.port)),
        .receipts: HostPort(host: "127.0.0.1", port: Int(receiptsServer.address.port)),
      ])
    environment["META_APP_ID"] = "4711"
    environment["META_APP_SECRET"] = Self.appSecret
    environment["META_VERIFY_TOKEN"] = Self.verifyToken
    environment["GRAPH_URL"] = graph.url
    environment["AI_BASE_URL"] = model.url + "/v1"
    environment.merge(settings) { $1 }
    environment.merge(changed) { $1 }
    let plan = try LaunchPlan<MessagingRouterService>(SettingsSources(environment: environment))
    let host = try ServiceHost(
      plan, log: Log(service: "messaging-router", level: .debug, sink: .collecting(into: lines)), clock: time.clock)
    try await host.start()
    guard let service = host.service else { throw TimedOut(waitingFor: "the service", limit: .zero) }
    let router = RunningRouter(
      host: host, service: service, caller: try caller(rpcPort: host.ports.rpc), http: http)
    running.put(router)
    return router
  }

  /// One more connection that calls in the registry's name, beside the one that `RunningRouter` has; the caller closes
  /// it.
  package func caller(of router: RunningRouter) throws -> Peer { try caller(rpcPort: router.host.ports.rpc) }

  private func caller(rpcPort port: Int) throws -> Peer {
    Peer(
      loop: loop, service: .senderRegistry, peer: .messagingRouter, host: "127.0.0.1", port: port,
      keys: try files.pairKeys(.senderRegistry), log: .silent, metrics: Metrics())
  }

  private func stop() async {
    registry.close()
    while running.count > 0 { if let router = try? await running.next() { await router.stop() } }
    http.close()
    await registryServer.drain(within: .seconds(1))
    await receiptsServer.drain(within: .seconds(1))
    await graph.stop()
    await model.stop()
    loop.stop()
  }

  private static func server(_ name: ServiceName, _ router: Router, _ files: ServiceFiles, _ loop: EventLoop) throws
    -> RPCServer
  {
    try RPCServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), service: name,
      keys: try files.pairKeys(name), router: router, log: .silent, metrics: Metrics())
  }
}
