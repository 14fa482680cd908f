import Crypto
import Daemon
import Foundation
import TestSupport
import Transport
import Wire

/// The sandbox and the four services as processes, with keys and folders of their own.
final class IdleWorld {
  private let files: ServiceFiles
  private let rpcPorts: [ServiceName: Int]
  private let registryHTTP: Int
  private let sandboxPort: Int
  private let routerHTTP: Int
  private var sandbox: BenchProcess?
  private(set) var services: [BenchProcess] = []

  init() throws {
    files = try ServiceFiles()
    // Peers must know each other's ports beforehand.
    var free = try FreePorts.take(7)
    sandboxPort = free.removeFirst()
    registryHTTP = free.removeFirst()
    routerHTTP = free.removeFirst()
    rpcPorts = Dictionary(uniqueKeysWithValues: zip(CommonSettings.services, free))
  }

  /// Starts everything at once; the seconds until the last of the five said that it is ready.
  func start() throws -> Double {
    let secret = try files.secretFile("meta-app-secret", Base64.encode(RandomBytes.make(24)))
    let key = try files.secretFile("admin-api-key", "wsk_" + Base64.encodeURLSafe(RandomBytes.make(32)))
    let token = try files.secretFile("meta-verify-token", Hex.encode(RandomBytes.make(16)))
    let world = "http://127.0.0.1:\(sandboxPort)"
    let extra: [ServiceName: [String: String]] = [
      .senderRegistry: [
        "META_APP_SECRET_FILE": secret, "META_APP_ID": "100000000000001", "GRAPH_URL": world, "ADMIN_API_KEY_FILE": key,
        "HTTP_PORT": "\(registryHTTP)",
      ],
      .verifier: ["GRAPH_URL": world],
      .messagingRouter: [
        "META_APP_SECRET_FILE": secret, "META_VERIFY_TOKEN_FILE": token, "GRAPH_URL": world,
        "AI_BASE_URL": world + "/v1", "AI_MODEL": "sandbox", "HTTP_PORT": "\(routerHTTP)",
      ],
      .receipts: [
        "ALLOW_HTTP_WEBHOOKS": "true", "EGRESS_PORTS": "443,\(sandboxPort)", "EGRESS_ALLOWED_RANGES": "127.0.0.0/8",
      ],
    ]
    let begun = MonotonicClock.now
    let sandbox = try launch(
      "sandbox",
      [
        "SANDBOX_PORT": "\(sandboxPort)", "META_APP_SECRET_FILE": secret,
        "WEBHOOK_URL": "http://127.0.0.1:\(routerHTTP)/webhooks/meta",
      ])
    self.sandbox = sandbox
    let peers = rpcPorts.mapValues { HostPort(host: "127.0.0.1", port: $0) }
    for service in CommonSettings.services {
      var environment = files.environment(service, peers: peers)
      environment["RPC_PORT"] = "\(rpcPorts[service] ?? 0)"
      environment.merge(extra[service] ?? [:]) { $1 }
      services.append(try launch(service.rawValue, environment))
    }
    for process in [sandbox] + services {
      _ = try process.wait(for: portsFile(process.name), within: .seconds(20))
    }
    return Double(MonotonicClock.now - begun) / 1e9
  }

  /// The main job as `scripts/run` plays it.
  func playMainJob() throws {
    let demo = try BenchProcess(
      "demo",
      arguments: [
        "http://127.0.0.1:\(registryHTTP)", "http://127.0.0.1:\(sandboxPort)", files.directory.file("admin-api-key"),
      ], log: files.directory.file("demo.log"))
    try demo.finish()
  }

  func stop() throws {
    for process in services { try process.stop() }
    try sandbox?.stop()
  }

  private func launch(_ name: String, _ environment: [String: String]) throws -> BenchProcess {
    try BenchProcess(
      name, environment: environment.merging(["PORTS_FILE": portsFile(name)]) { $1 },
      log: files.directory.file(name + ".log"))
  }

  private func portsFile(_ name: String) -> String { files.directory.file(name + ".ports") }
}
