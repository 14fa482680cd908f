import Crypto
import Daemon
import Foundation
import Glibc
import Synchronization
package import Wire

/// The four services as an operator runs them: the real binaries with keys, data and ports of their own, killed and
/// started again at will. Ports stay the same over restarts.
package final class ServiceProcesses: Sendable {
  /// What a service listens on.
  package struct Ports: Sendable {
    package let rpc: Int
    package let http: Int
    package let `private`: Int
  }

  /// A service did not start; its last lines say why.
  package struct NotReady: Error, CustomStringConvertible {
    package let description: String
  }

  package let files: ServiceFiles
  package let ports: [ServiceName: Ports]
  package let adminKey: String
  package let appSecret: String
  package let verifyToken: String
  private let worldURL: String
  private let state: Mutex<State>

  private struct State {
    var running: [ServiceName: ChildProcess] = [:]
    var settings: [ServiceName: [String: String]]
  }

  /// Prepares everything and starts nothing. `worldURL` plays Meta, the model and the business; `settings` are added
  /// to a service's own, an empty value takes one away. `appSecret` is the app's at Meta.
  package init(
    worldURL: String, appSecret: String, settings: [ServiceName: [String: String]] = [:]
  ) throws {
    self.worldURL = worldURL
    files = try ServiceFiles()
    ports = try Dictionary(
      uniqueKeysWithValues: CommonSettings.services.map { name in
        (name, Ports(rpc: try FreePorts.next(), http: try FreePorts.next(), private: try FreePorts.next()))
      })
    adminKey = "wsk_" + Base64.encodeURLSafe(RandomBytes.make(32))
    self.appSecret = appSecret
    verifyToken = Base64.encodeURLSafe(RandomBytes.make(24))
    state = Mutex(State(settings: settings))
    try write(adminKey, "admin-api-key")
    try write(appSecret, "meta-app-secret")
    try write(verifyToken, "meta-verify-token")
  }

  /// The folder with the binaries: the one the test's own binary lies in.
  package static let binaries: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(filePath: own).deletingLastPathComponent().path(percentEncoded: false)
  }()

  /// The path of one binary.
  package static func binary(_ name: String) -> String { URL(filePath: binaries).appending(path: name).path }

  // MARK: Where

  /// Base URL of a service's HTTP port.
  package func url(_ name: ServiceName) -> String { "http://127.0.0.1:\(ports[name]?.http ?? 0)" }
  /// Base URL of its health and metrics.
  package func privateURL(_ name: ServiceName) -> String { "http://127.0.0.1:\(ports[name]?.private ?? 0)" }
  /// Its database.
  package func database(_ name: ServiceName) -> String { "\(files.dataDirectory(name))/\(name).sqlite" }
  /// Everything it has written to standard output and error since the first start.
  package func log(_ name: ServiceName) -> String { (try? String(readingFile: logPath(name))) ?? "" }
  private func logPath(_ name: ServiceName) -> String { files.directory.file("\(name).log") }
  private func portsFile(_ name: ServiceName) -> String { files.directory.file("\(name).ports") }

  /// A service's whole environment.
  package func environment(_ name: ServiceName) -> [String: String] {
    var peers: [ServiceName: HostPort] = [:]
    for (peer, ports) in ports where peer != name { peers[peer] = HostPort(host: "127.0.0.1", port: ports.rpc) }
    var values = files.environment(name, peers: peers)
    if let own = ports[name] {
      values["RPC_PORT"] = "\(own.rpc)"
      values["HTTP_PORT"] = "\(own.http)"
      values["PRIVATE_PORT"] = "\(own.private)"
    }
    values["PORTS_FILE"] = portsFile(name)
    values["SHUTDOWN_SECONDS"] = "15"
    values["LOG_LEVEL"] = "debug"
    if name != .receipts { values["GRAPH_URL"] = worldURL }
    if name == .senderRegistry || name == .verifier {
      values["CARRIER_URL"] = worldURL
      values["CARRIER_ACCOUNT_SID"] = "AC00000000000000000000000000000001"
      values["CARRIER_AUTH_TOKEN"] = "sandbox-carrier-token"
      values["PUBLIC_URL"] = url(name)
    }
    switch name {
    case .senderRegistry:
      values["META_APP_ID"] = "100000000000001"
      values["META_APP_SECRET_FILE"] = files.directory.file("meta-app-secret")
      values["ADMIN_API_KEY_FILE"] = files.directory.file("admin-api-key")
      // Tests ask again and again where a person would wait.
      values["API_RATE_PER_SECOND"] = "10000"
      values["ONBOARDING_RETRY"] = "100ms"
      values["META_CONFIG_ID"] = "777"
      values["META_SDK_URL"] = worldURL + "/sdk.js"
      values["META_TEST_ORIGIN"] = worldURL
      values["CARRIER_RETRY"] = "100ms"
    case .messagingRouter:
      values["META_APP_ID"] = "100000000000001"
      values["META_APP_SECRET_FILE"] = files.directory.file("meta-app-secret")
      values["META_VERIFY_TOKEN_FILE"] = files.directory.file("meta-verify-token")
      values["AI_BASE_URL"] = worldURL + "/v1"
      values["AI_MODEL"] = "sandbox"
    case .receipts:
      values["ALLOW_HTTP_WEBHOOKS"] = "true"
      values["EGRESS_PORTS"] = "443,\(URL(string: worldURL)?.port ?? 80)"
      values["EGRESS_ALLOWED_RANGES"] = "127.0.0.0/8"
      values["RETRY_SCHEDULE"] = "0s,200ms,500ms,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s"
    default: break
    }
    for (key, value) in state.withLock({ $0.settings[name] ?? [:] }) { values[key] = value.isEmpty ? nil : value }
    return values
  }

  /// Changes a setting for the next start.
  package func set(_ key: String, _ value: String, of name: ServiceName) {
    state.withLock { $0.settings[name, default: [:]][key] = value }
  }

  // MARK: Starting and ending

  /// Starts all four at once and waits until each listens.
  package func start() async throws {
    for name in CommonSettings.services { try launch(name) }
    for name in CommonSettings.services { try await ready(name) }
  }

  /// Starts one without waiting for it.
  @discardableResult
  package func launch(_ name: ServiceName) throws -> ChildProcess {
    // A killed process leaves its file behind.
    unlink(portsFile(name))
    let process = try ChildProcess(
      Self.binary(name.rawValue), environment: environment(name), output: logPath(name))
    state.withLock { $0.running[name] = process }
    return process
  }

  /// Waits until a launched service listens, or throws its last lines when it ended.
  package func ready(_ name: ServiceName, within limit: Duration = .seconds(30)) async throws {
    try await eventually(within: limit, "\(name) listens") {
      if let size = try? FileManager.default.attributesOfItem(atPath: portsFile(name))[.size] as? Int, size > 0 {
        return true
      }
      if let end = process(name)?.ended {
        throw NotReady(description: "\(name) ended with \(end):\n\(log(name).suffix(4_000))")
      }
      return false
    }
  }

  /// The process that was launched last; nil before the first.
  package func process(_ name: ServiceName) -> ChildProcess? { state.withLock { $0.running[name] } }

  /// Ends it in the middle of whatever it does, and waits until it is gone.
  package func kill(_ name: ServiceName) async throws {
    process(name)?.send(SIGKILL)
    _ = try await process(name)?.wait()
  }

  /// `kill`, then started again on the same ports and data.
  package func restart(_ name: ServiceName) async throws {
    try await kill(name)
    try launch(name)
    try await ready(name)
  }

  /// SIGTERM, and how it ended.
  @discardableResult
  package func stop(_ name: ServiceName) async throws -> ChildProcess.End? {
    process(name)?.send(SIGTERM)
    return try await process(name)?.wait()
  }

  /// Stops all that run; true when every one ended by itself with 0.
  @discardableResult
  package func stop() async throws -> Bool {
    for name in CommonSettings.services { process(name)?.send(SIGTERM) }
    var isClean = true
    for name in CommonSettings.services {
      if let end = try await process(name)?.wait(), end != .exit(0) { isClean = false }
    }
    return isClean
  }

  private func write(_ text: String, _ name: String) throws {
    let path = files.directory.file(name)
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }
}
