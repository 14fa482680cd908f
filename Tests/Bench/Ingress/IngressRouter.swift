import Crypto
import Daemon
import Foundation
import JSON
import MessagingRouter
import Store
import TestSupport
import Wire

/// The real `messaging-router` binary, with one sender online and no assistant bound to it.
final class IngressRouter {
  private let secretText = Hex.encode(RandomBytes.make(16))
  private let files: ServiceFiles
  private let registry: IngressRegistry
  private let process: BenchProcess
  private let ports: PortsFile

  init() async throws {
    files = try ServiceFiles()
    registry = try await IngressRegistry(files)
    var environment = files.environment(.messagingRouter, peers: [.senderRegistry: registry.address])
    let ready = files.directory.file("router.ports")
    environment["PORTS_FILE"] = ready
    environment["META_APP_SECRET_FILE"] = try files.secretFile("app-secret", secretText)
    environment["META_VERIFY_TOKEN_FILE"] = try files.secretFile("verify-token", "bench-verify-token")
    process = try BenchProcess(
      "messaging-router", environment: environment, log: files.directory.file("router.log"))
    ports = try JSONCoder.decode(PortsFile.self, from: Array(try process.wait(for: ready, within: .seconds(10))))
    try await registry.copied.next(within: .seconds(10))
  }

  /// What its webhooks are signed with.
  var secret: Secret { Secret(Array(secretText.utf8)) }
  var port: Int { ports.http }

  /// Seconds of processor time so far, by thread.
  var processorSeconds: [String: Double] { process.processorSeconds }

  /// Messages taken from stored bodies so far.
  func processed() throws -> Int {
    let socket = try RawSocket(port: UInt16(ports.private))
    try socket.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    let series = #"wss_router_updates_total{outcome="stored"} "#
    for line in try socket.receiveToEnd().split(separator: "\r\n").flatMap({ $0.split(separator: "\n") })
    where line.hasPrefix(series) {
      if let count = Double(line.dropFirst(series.count)) { return Int(count) }
    }
    throw BenchFailure("the router's metrics have no \(series)")
  }

  /// Stops the router and counts, in its database, the messages stored and the bodies that still wait.
  func stop() async throws -> (messages: Int, waiting: Int) {
    try process.stop()
    await registry.stop()
    let path = files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite"
    let database = try Database(path: path, migrations: MessagingRouterService.migrations)
    defer { database.close() }
    return try await database.read { connection in
      let messages = try connection.first("SELECT count(*) FROM messages WHERE direction = 'inbound'") {
        try $0.int(0)
      }
      let waiting = try connection.first("SELECT count(*) FROM inbox WHERE state <> 1") { try $0.int(0) }
      return (messages ?? 0, waiting ?? 0)
    }
  }
}
