import Crypto
import HTTP
import JSON
import Synchronization
import TestSupport
import Transport

/// Takes Meta's webhooks in a test: checks the signature with a key of its own and hands the payloads over.
final class WebhookReceiver: Sendable {
  struct Delivery: Sendable {
    let bytes: [UInt8]
    let isSigned: Bool
    let body: JSONValue
    /// Every update in it.
    var values: [JSONValue] {
      (body["entry"]?.array ?? []).flatMap { $0["changes"]?.array ?? [] }.compactMap { $0["value"] }
    }
    var messages: [JSONValue] { values.flatMap { $0["messages"]?.array ?? [] } }
    var statuses: [JSONValue] { values.flatMap { $0["statuses"]?.array ?? [] } }
  }

  let deliveries = AsyncBox<Delivery>()
  private let loop: EventLoop
  private let server: HTTPServer

  /// `answers` are given in turn, then 200 for good.
  init(port: Int = 0, secret: String = "sandbox-app-secret", answers: [Int] = []) async throws {
    loop = try EventLoop(name: "receiver")
    let statuses = Mutex(answers)
    let deliveries = deliveries
    server = try HTTPServer(
      loop: loop, address: SocketAddress(host: "127.0.0.1", port: port), bodyLimit: { _ in 4 << 20 }
    ) { request in
      if request.method == "GET" { return Self.handshake(request) }
      let code = Hex.encode(HMACSHA256.authenticate(request.body, key: Array(secret.utf8)))
      let status = statuses.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
      deliveries.put(
        Delivery(
          bytes: request.body, isSigned: request.headers["x-hub-signature-256"] == "sha256=\(code)",
          body: (try? JSONValue(parsing: request.body)) ?? .null))
      return HTTPResponse(status: status)
    }
    try await server.start()
  }

  var port: Int { Int(server.address.port) }
  var url: String { "http://\(server.address)/webhooks/meta" }

  func stop() async {
    await server.drain(within: .milliseconds(200))
    loop.stop()
  }

  /// The next statuses of a message, until `count` have come.
  func statuses(_ count: Int) async throws -> [JSONValue] {
    var found: [JSONValue] = []
    while found.count < count { found += try await deliveries.next(within: .seconds(20), "a status").statuses }
    return found
  }

  private static func handshake(_ request: HTTPRequest) -> HTTPResponse {
    let items = Dictionary(request.queryItems() ?? []) { first, _ in first }
    guard items["hub.mode"] == "subscribe", items["hub.verify_token"] == "right token" else {
      return HTTPResponse(status: 403)
    }
    return .text(items["hub.challenge"] ?? "")
  }
}
