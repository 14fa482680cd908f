import Crypto
import Daemon
import Foundation
import Glibc
import JSON
import TestSupport
import Transport
import Wire

/// The sandbox and the four services as processes, with keys and folders of their own, set up as `scripts/run` does.
final class ServiceWorld {
  let files: ServiceFiles
  let adminKey = "wsk_" + Base64.encodeURLSafe(RandomBytes.make(32))
  private let settings: [ServiceName: [String: String]]
  private let rpcPorts: [ServiceName: Int]
  private let httpPorts: [ServiceName: Int]
  let sandboxPort: Int
  /// What webhooks are signed with.
  let appSecret = Base64.encode(RandomBytes.make(24))
  private let secret: String
  private let token: String
  private let keyFile: String
  private(set) var sandbox: BenchProcess?
  private var running: [ServiceName: BenchProcess] = [:]

  /// `settings` are added to what each service needs.
  init(_ settings: [ServiceName: [String: String]] = [:]) throws {
    self.settings = settings
    files = try ServiceFiles()
    // Peers must know each other's ports beforehand.
    var free = try FreePorts.take(1 + 2 * CommonSettings.services.count)
    sandboxPort = free.removeFirst()
    rpcPorts = Dictionary(uniqueKeysWithValues: zip(CommonSettings.services, free))
    httpPorts = Dictionary(uniqueKeysWithValues: zip(CommonSettings.services, free.reversed()))
    secret = try files.secretFile("meta-app-secret", appSecret)
    keyFile = try files.secretFile("admin-api-key", adminKey)
    token = try files.secretFile("meta-verify-token", Hex.encode(RandomBytes.make(16)))
  }

  /// The services in the order of their ports.
  var services: [BenchProcess] { CommonSettings.services.compactMap { running[$0] } }

  /// Starts everything at once; the seconds until the last of the five said that it is ready.
  func start() throws -> Double {
    let begun = MonotonicClock.now
    let sandbox = try launch(
      "sandbox",
      [
        "SANDBOX_PORT": "\(sandboxPort)", "META_APP_SECRET_FILE": secret,
        "WEBHOOK_URL": url(.messagingRouter) + "/webhooks/meta",
      ])
    self.sandbox = sandbox
    for service in CommonSettings.services { try launch(service) }
    for process in [sandbox] + services {
      _ = try process.wait(for: portsFile(process.name), within: .seconds(20))
    }
    return Double(MonotonicClock.now - begun) / 1e9
  }

  /// Starts one service, `changes` for this life only; does not wait.
  func launch(_ service: ServiceName, _ changes: [String: String] = [:]) throws {
    var environment = files.environment(
      service, peers: rpcPorts.mapValues { HostPort(host: "127.0.0.1", port: $0) })
    environment["RPC_PORT"] = "\(rpcPorts[service] ?? 0)"
    environment["HTTP_PORT"] = "\(httpPorts[service] ?? 0)"
    for more in [own(service), settings[service] ?? [:], changes] { environment.merge(more) { $1 } }
    running[service] = try launch(service.rawValue, environment)
  }

  /// The process of one service.
  func process(_ service: ServiceName) throws -> BenchProcess {
    guard let process = running[service] else { throw BenchFailure("\(service) was not started") }
    return process
  }

  /// The ports of a service that is ready, or becomes so.
  func ports(_ service: ServiceName) throws -> PortsFile {
    let text = try process(service).wait(for: portsFile(service.rawValue), within: .seconds(20))
    return try JSONCoder.decode(PortsFile.self, from: Array(text))
  }

  /// SIGTERM, and the end awaited.
  func stop(_ service: ServiceName) throws { try process(service).stop() }

  /// `kill -9`, and the end awaited.
  func kill(_ service: ServiceName) throws { try process(service).endAtOnce() }

  /// Base URL of a service's HTTP port.
  func url(_ service: ServiceName) -> String { "http://127.0.0.1:\(httpPorts[service] ?? 0)" }

  /// The main job as `scripts/run` plays it.
  func playMainJob() throws {
    let demo = try BenchProcess(
      "demo", arguments: [url(.senderRegistry), "http://127.0.0.1:\(sandboxPort)", keyFile],
      log: files.directory.file("demo.log"))
    try demo.finish()
  }

  func stop() throws {
    for process in services { try process.stop() }
    try sandbox?.stop()
  }

  private func own(_ service: ServiceName) -> [String: String] {
    let world = "http://127.0.0.1:\(sandboxPort)"
    // The sandbox's own accounts at its carrier and at its Meta.
    let carrier = [
      "CARRIER_URL": world, "CARRIER_ACCOUNT_SID": "AC00000000000000000000000000000001",
      "CARRIER_AUTH_TOKEN": "sandbox-carrier-token", "PUBLIC_URL": url(service),
    ]
    switch service {
    case .senderRegistry:
      return [
        "META_APP_SECRET_FILE": secret, "META_APP_ID": "100000000000001", "GRAPH_URL": world,
        "ADMIN_API_KEY_FILE": keyFile, "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": "100000000000009",
        "META_SYSTEM_TOKEN": "sandbox-system-token",
      ].merging(carrier) { $1 }
    case .verifier:
      return ["GRAPH_URL": world, "TRANSCRIBERS": "server", "TRANSCRIBER_URL": world].merging(carrier) { $1 }
    case .messagingRouter:
      return [
        "META_APP_ID": "100000000000001", "META_APP_SECRET_FILE": secret, "META_VERIFY_TOKEN_FILE": token,
        "GRAPH_URL": world,
        "AI_BASE_URL": world + "/v1", "AI_MODEL": "sandbox",
      ]
    default:
      return [
        "ALLOW_HTTP_WEBHOOKS": "true", "EGRESS_PORTS": "443,\(sandboxPort)", "EGRESS_ALLOWED_RANGES": "127.0.0.0/8",
      ]
    }
  }

  private func launch(_ name: String, _ environment: [String: String]) throws -> BenchProcess {
    // A killed process leaves its file behind.
    unlink(portsFile(name))
    return try BenchProcess(
      name, environment: environment.merging(["PORTS_FILE": portsFile(name)]) { $1 },
      log: files.directory.file(name + ".log"))
  }

  private func portsFile(_ name: String) -> String { files.directory.file(name + ".ports") }
}
