package import Contracts
import Crypto
package import Daemon
package import JSON
package import Outbound
package import SenderRegistry
package import Store
package import Telemetry
package import TestSupport
package import Wire
import Workers

/// The real service on ports of the kernel's choice with a store of its own; Meta is played by `ScriptedGraph`, the
/// peers are down unless a test plays them.
package final class SenderRegistryHarness: Sendable {
  package let files: ServiceFiles
  package let graph: ScriptedGraph
  package let host: ServiceHost<SenderRegistryService>
  package let log: CollectedLines
  package let adminKey: String
  private let http: HTTPClient

  package static let number = "+14155550123"

  /// A first start; with `files` and `graph` of an earlier one, a restart.
  package init(
    files: ServiceFiles? = nil, graph: ScriptedGraph? = nil, adminKey: String? = nil,
    peers: [ServiceName: HostPort] = [:], settings: [String: String] = [:], clock: TestClock? = nil,
    isStarted: Bool = true
  ) async throws {
    let files = try files ?? ServiceFiles()
    self.files = files
    let graph = if let graph { graph } else { try await ScriptedGraph() }
    self.graph = graph
    let key = adminKey ?? APIKeyText.generate().string ?? ""
    self.adminKey = key
    var environment = files.environment(.senderRegistry, peers: peers)
    environment["ADMIN_API_KEY"] = key
    environment["META_APP_ID"] = "4711"
    environment["META_APP_SECRET"] = "app-secret"
    environment["GRAPH_URL"] = graph.url
    environment["ONBOARDING_RETRY"] = "1ms"
    environment["ONBOARDING_TRIES"] = "3"
    environment.merge(settings) { _, new in new }
    log = CollectedLines()
    host = try ServiceHost(
      LaunchPlan<SenderRegistryService>(SettingsSources(environment: environment)),
      log: Log(service: "sender-registry", level: .debug, sink: .collecting(into: log)),
      clock: clock?.clock ?? .system)
    http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    if isStarted { try await host.start() }
  }

  /// Runs `body` with a fresh harness and stops everything afterwards.
  package static func run(
    peers: [ServiceName: HostPort] = [:], settings: [String: String] = [:], clock: TestClock? = nil,
    _ body: (SenderRegistryHarness) async throws -> Void
  ) async throws {
    let harness = try await SenderRegistryHarness(peers: peers, settings: settings, clock: clock)
    do {
      try await body(harness)
    } catch {
      await harness.stop()
      throw error
    }
    await harness.stop()
  }

  package func stop(withGraph: Bool = true) async {
    await host.stop(within: .seconds(2))
    http.close()
    if withGraph { await graph.stop() }
  }

  package var service: SenderRegistryService {
    get throws {
      guard let service = host.service else { throw TimedOut(waitingFor: "the service to run", limit: .zero) }
      return service
    }
  }

  package var database: Database { get throws { try service.database } }

  /// The account made at the first start.
  package var account: AccountID {
    get async throws {
      try await database.read {
        try $0.first("SELECT id FROM accounts WHERE name = 'default'") { AccountID(trusted: try $0.text(0)) }
      }
        ?? AccountID(trusted: "acc_none")
    }
  }

  /// Another account with a key of its own.
  package func makeAccount(_ name: String, role: Role = .admin, expiresAt: Int64? = nil) async throws -> (
    AccountID, key: String
  ) {
    let key = APIKeyText.generate().string ?? ""
    let text = APIKeyText(key)
    let account = try await database.write { connection in
      let account = try connection.ensureAccount(named: name, now: 1)
      if let text {
        _ = try connection.addAPIKey(text, account: account, name: name, role: role, expiresAt: expiresAt, now: 1)
      }
      return account
    }
    return (account, key)
  }

  /// Calls a handler as the REST front door would.
  package func call<C: Call>(_ call: C, account: AccountID? = nil, key: String? = nil) async throws -> C.Reply {
    let acting = if let account { account } else { try await self.account }
    return try await service.router.callLocally(
      call, CallContext(caller: .senderRegistry, account: acting.text, actor: "key_test", key: key))
  }

  /// Calls a handler as another service.
  package func call<C: Call>(_ call: C, from caller: ServiceName) async throws -> C.Reply {
    try await service.router.callLocally(call, CallContext(caller: caller, deadline: .after(.seconds(30))))
  }

  package func createSender(_ number: String = SenderRegistryHarness.number) async throws -> Sender {
    try await call(SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(parsing: number), displayName: "Shop"))
  }

  /// Hands in what Embedded Signup returned for the scripted number.
  @discardableResult
  package func connect(
    _ id: SenderID, phoneNumberID: String? = "1065", event: SignupFinish? = nil, key: String? = nil
  ) async throws -> Sender {
    try await call(
      SenderRegistryAPI.ConnectSender(
        id: id, code: "AQB-signup-code", wabaID: "1029", phoneNumberID: phoneNumberID, businessID: "77", event: event),
      key: key)
  }

  /// The sender once `condition` holds; woken by commits.
  package func sender(
    _ id: SenderID, _ what: String, until condition: @escaping @Sendable (Sender) -> Bool
  ) async throws -> Sender {
    let notifier = try service.notifier
    return try await limited(to: .seconds(10), "the sender to be \(what)") {
      while true {
        let generation = notifier.generation
        let sender = try await self.call(SenderRegistryAPI.GetSender(id: id))
        if condition(sender) { return sender }
        guard await notifier.wait(after: generation, atMost: .seconds(10)) else { throw CancellationError() }
      }
    }
  }

  package func sender(_ id: SenderID, reaches status: SenderStatus) async throws -> Sender {
    try await sender(id, status.rawValue) { $0.status == status }
  }

  /// The steps' states in order, `name:state`.
  package func steps(_ id: SenderID) async throws -> [String] {
    try await call(SenderRegistryAPI.ListOnboardingSteps(id: id)).data.map {
      "\($0.name.rawValue):\($0.state.rawValue)"
    }
  }

  /// Puts bytes over the REST API.
  package func put(_ path: String, _ bytes: [UInt8], type: String) async throws -> OutboundResponse {
    try await http.send(
      OutboundRequest(
        method: "PUT", url: "http://127.0.0.1:\(host.ports.http)" + path,
        headers: [
          (name: "Authorization", value: "Bearer " + adminKey), (name: "Content-Type", value: type),
        ], body: bytes))
  }

  /// A request over the REST API.
  package func request(
    _ method: String, _ path: String, body: String? = nil, headers: [(String, String)] = [], key: String? = nil
  ) async throws -> (status: Int, json: JSONValue, headers: OutboundHeaders) {
    var all: [(name: String, value: String)] = headers.map { (name: $0.0, value: $0.1) }
    if let key = key ?? (headers.contains { $0.0 == "Authorization" } ? nil : adminKey), !key.isEmpty {
      all.append((name: "Authorization", value: "Bearer " + key))
    }
    if body != nil, !headers.contains(where: { $0.0 == "Content-Type" }) {
      all.append((name: "Content-Type", value: "application/json"))
    }
    let response = try await http.send(
      OutboundRequest(
        method: method, url: "http://127.0.0.1:\(host.ports.http)" + path, headers: all,
        body: Array((body ?? "").utf8), limits: OutboundLimits(responseBytes: 2 << 20)))
    let json = (try? JSONValue(parsing: response.body)) ?? .string(String(decoding: response.body, as: UTF8.self))
    return (response.status, json, response.headers)
  }
}
