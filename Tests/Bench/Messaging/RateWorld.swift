import Contracts
import Crypto
import Daemon
import Foundation
import JSON
import MessagingRouter
import Receipts
import Store
import Telemetry
import TestSupport
import Transport
import Wire

/// The real `messaging-router` and `receipts`, with one sender online, no assistant, no endpoint, and messages that
/// were sent and wait for their statuses.
final class RateWorld {
  private let secretText = Hex.encode(RandomBytes.make(16))
  private let files: ServiceFiles
  private let registry: IngressRegistry
  let receipts: BenchProcess
  let router: BenchProcess
  private let receiptPorts: PortsFile
  private let routerPorts: PortsFile

  /// With `endpoint`, a port on this machine that the business's receipts go to.
  init(sent: Int, endpoint: Int? = nil) async throws {
    files = try ServiceFiles()
    registry = try await IngressRegistry(files)
    try await RatePlanting(
      path: files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite", sender: registry.senderID.text,
      account: registry.accountID.text, scope: WebhookMill.wabaID
    ).plant(sent)
    var environment = files.environment(.receipts, peers: [.senderRegistry: registry.address])
    environment["PORTS_FILE"] = files.directory.file("receipts.ports")
    if let endpoint {
      environment["ALLOW_HTTP_WEBHOOKS"] = "true"
      environment["EGRESS_ALLOWED_RANGES"] = "127.0.0.0/8"
      environment["EGRESS_PORTS"] = "\(endpoint)"
    }
    receipts = try BenchProcess("receipts", environment: environment, log: files.directory.file("receipts.log"))
    receiptPorts = try JSONCoder.decode(
      PortsFile.self,
      from: Array(try receipts.wait(for: files.directory.file("receipts.ports"), within: .seconds(10))))
    environment = files.environment(
      .messagingRouter,
      peers: [.senderRegistry: registry.address, .receipts: HostPort(host: "127.0.0.1", port: receiptPorts.rpc)])
    environment["PORTS_FILE"] = files.directory.file("router.ports")
    environment["META_APP_SECRET_FILE"] = try files.secretFile("app-secret", secretText)
    environment["META_VERIFY_TOKEN_FILE"] = try files.secretFile("verify-token", "bench-verify-token")
    router = try BenchProcess("messaging-router", environment: environment, log: files.directory.file("router.log"))
    routerPorts = try JSONCoder.decode(
      PortsFile.self, from: Array(try router.wait(for: files.directory.file("router.ports"), within: .seconds(20))))
    for _ in 0..<2 { try await registry.copied.next(within: .seconds(10)) }
  }

  var secret: Secret { Secret(Array(secretText.utf8)) }
  var port: Int { routerPorts.http }

  /// Sets where the sender's receipts go, as the front door does.
  func setWebhook(_ url: String) async throws {
    let loop = try EventLoop(name: "front-door")
    defer { loop.stop() }
    let peer = Peer(
      loop: loop, service: .senderRegistry, peer: .receipts, host: "127.0.0.1", port: receiptPorts.rpc,
      keys: try files.pairKeys(.senderRegistry), log: Log(service: "front-door", sink: .discarding),
      metrics: Metrics())
    _ = try await peer.call(
      ReceiptsAPI.SetWebhook(senderID: registry.senderID, url: url), account: registry.accountID.text)
    await peer.close()
  }

  /// Events that receipts has stored so far: of statuses, of messages received, of conversations.
  func handedOver() throws -> Int {
    try KeepAliveClient(port: receiptPorts.private).count(#"wss_receipts_events_total{outcome="stored"}"#)
  }

  /// Updates that the router has worked off so far, whatever came of them.
  func processed() throws -> Int {
    try ["stored", "duplicate", "held", "ignored", "poison"].map {
      try KeepAliveClient(port: routerPorts.private).count(#"wss_router_updates_total{outcome="\#($0)"}"#)
    }.reduce(0, +)
  }

  /// What is on disk after the end.
  struct Stored: Sendable {
    var messages = 0
    var statuses = 0
    var waiting = 0
    var outbox = 0
    var events = 0
    var routerBytes = 0
  }

  func stop() async throws -> Stored {
    try router.stop()
    try receipts.stop()
    await registry.stop()
    var stored = Stored()
    let path = files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite"
    let database = try Database(path: path, migrations: MessagingRouterService.migrations)
    let counts = try await database.read { connection in
      try [
        "SELECT count(*) FROM messages WHERE direction = 'inbound'", "SELECT count(*) FROM message_statuses",
        "SELECT count(*) FROM inbox", "SELECT count(*) FROM event_outbox",
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
      ].map { try connection.first($0) { try $0.int(0) } ?? 0 }
    }
    database.close()
    (stored.messages, stored.statuses, stored.waiting, stored.outbox, stored.routerBytes) = (
      counts[0], counts[1], counts[2], counts[3], counts[4]
    )
    let events = try Database(
      path: files.dataDirectory(.receipts) + "/receipts.sqlite", migrations: ReceiptsService.migrations)
    stored.events = try await events.read { connection in
      try connection.first("SELECT count(*) FROM events WHERE type = 'message.status'") { try $0.int(0) } ?? 0
    }
    events.close()
    return stored
  }
}
