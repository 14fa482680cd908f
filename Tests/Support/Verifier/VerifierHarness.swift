package import Contracts
import Crypto
package import Daemon
package import Store
package import Telemetry
package import TestSupport
package import Verifier
package import Wire

/// The real service with a store of its own, a registry that is played over the real protocol, and `ScriptedGraph`.
package final class VerifierHarness: Sendable {
  package static let account = "acc_01JD0000000000000000000000"
  package static let stranger = "acc_01JD0000000000000000000001"
  package static let sender = SenderID(trusted: "snd_01JD0000000000000000000000")
  /// A sender whose number the carrier holds, and one whose number was entered by hand: both in the partner's pool.
  package static let platform = SenderID(trusted: "snd_01JD0000000000000000000002")
  package static let manual = SenderID(trusted: "snd_01JD0000000000000000000003")
  /// A sender without a number at Meta.
  package static let unconnected = SenderID(trusted: "snd_01JD0000000000000000000001")

  package let files: ServiceFiles
  package let graph: ScriptedGraph
  package let registry: RegistryDouble
  package let clock: TestClock
  package let log: CollectedLines
  package let host: ServiceHost<VerifierService>

  /// A first start; with the parts of an earlier one, a restart.
  package init(after earlier: VerifierHarness? = nil, settings: [String: String] = [:]) async throws {
    let files = try earlier?.files ?? ServiceFiles()
    self.files = files
    let graph = if let earlier { earlier.graph } else { try await ScriptedGraph() }
    self.graph = graph
    if let earlier {
      registry = earlier.registry
    } else {
      graph.change { $0.verification = "NOT_VERIFIED" }
      registry = try await RegistryDouble(
        files: files, senders: Self.senders, token: Secret(graph.world.token))
    }
    clock = earlier?.clock ?? TestClock(at: WallClock.system.now)
    var environment = files.environment(.verifier, peers: [.senderRegistry: registry.address])
    environment["GRAPH_URL"] = graph.url
    environment.merge(settings) { _, new in new }
    log = CollectedLines()
    host = try ServiceHost(
      LaunchPlan<VerifierService>(SettingsSources(environment: environment)),
      log: Log(service: "verifier", level: .debug, sink: .collecting(into: log)), clock: clock.clock)
    try await host.start()
    try await eventually("the replica to be copied") {
      try await self.database.read {
        try $0.first("SELECT count(*) FROM replica_senders") { try $0.int(0) } == Self.senders.count
      }
    }
  }

  private static var senders: [ReplicaChange] {
    var connected = ReplicaChange(counter: 0, senderID: sender, isDeleted: false)
    connected.accountID = AccountID(trusted: account)
    connected.phoneNumber = PhoneNumber(trusted: "+14155550123")
    connected.displayName = "Shop"
    connected.status = .pending
    connected.phoneNumberID = "1065"
    connected.wabaID = "1029"
    var unconnected = ReplicaChange(counter: 0, senderID: Self.unconnected, isDeleted: false)
    unconnected.accountID = AccountID(trusted: account)
    unconnected.phoneNumber = PhoneNumber(trusted: "+14155550124")
    unconnected.displayName = "Shop"
    unconnected.status = .pending
    return [connected, unconnected, platform(Self.platform, "twilio"), platform(Self.manual, "manual")]
  }

  /// A sender whose number is in the partner's pool.
  private static func platform(_ id: SenderID, _ provider: String) -> ReplicaChange {
    var change = ReplicaChange(counter: 0, senderID: id, isDeleted: false)
    change.accountID = AccountID(trusted: account)
    change.phoneNumber = PhoneNumber(trusted: provider == "manual" ? "+14155550126" : "+14155550125")
    change.displayName = "Shop"
    change.status = .pending
    change.origin = .platform
    change.provider = provider
    change.preverifiedID = "1065"
    return change
  }

  package static func run(
    settings: [String: String] = [:], _ body: (VerifierHarness) async throws -> Void
  ) async throws {
    let harness = try await VerifierHarness(settings: settings)
    do {
      try await body(harness)
    } catch {
      await harness.stop()
      throw error
    }
    await harness.stop()
  }

  package func stop(withOutside: Bool = true) async {
    // A host stops once.
    if host.service != nil { await host.stop(within: .seconds(2)) }
    guard withOutside else { return }
    await registry.stop()
    await graph.stop()
  }

  package var service: VerifierService {
    get throws {
      guard let service = host.service else { throw TimedOut(waitingFor: "the service to run", limit: .zero) }
      return service
    }
  }

  package var database: Database { get throws { try service.database } }

  package func call<C: Call>(_ call: C, account: String? = VerifierHarness.account, key: String? = nil) async throws
    -> C.Reply
  {
    try await service.router.callLocally(
      call, CallContext(caller: .senderRegistry, account: account, key: key, deadline: .after(.seconds(20))))
  }

  package func start(_ method: Verification.Method = .sms, key: String? = nil) async throws -> Verification {
    try await call(VerifierAPI.StartVerification(senderID: Self.sender, method: method, language: nil), key: key)
  }

  package func submit(_ code: String, to id: VerificationID) async throws -> Verification {
    try await call(VerifierAPI.SubmitCode(id: id, code: code))
  }

  package func get(_ id: VerificationID) async throws -> Verification {
    try await call(VerifierAPI.GetVerification(id: id))
  }

  /// Moves the clock, lets the watcher look, and waits for a state.
  package func after(_ passed: Duration, _ id: VerificationID, reaches state: Verification.State) async throws
    -> Verification
  {
    clock.advance(by: passed)
    let service = try service
    try await eventually("the verification to be \(state.rawValue)") {
      service.wakeWorkers()
      return try await self.get(id).state == state
    }
    return try await get(id)
  }
}
