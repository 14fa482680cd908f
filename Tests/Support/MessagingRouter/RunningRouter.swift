package import Contracts
import Crypto
package import Daemon
package import MessagingRouter
package import Outbound
package import Store
import TestSupport
package import Transport
import Wire

/// A started `messaging-router`, and the ways to reach it.
package struct RunningRouter: Sendable {
  package let host: ServiceHost<MessagingRouterService>
  package let service: MessagingRouterService
  /// Calls in the registry's name.
  package let caller: Peer
  let http: HTTPClient

  package var database: Database { service.database }

  /// Posts a body as Meta does; `signature` replaces the right one.
  @discardableResult
  package func webhook(_ body: String, signature: String? = nil) async throws -> OutboundResponse {
    let bytes = Array(body.utf8)
    let right =
      "sha256=" + Hex.encode(HMACSHA256.authenticate(bytes, key: Array(MessagingRouterHarness.appSecret.utf8)))
    return try await http.send(
      OutboundRequest(
        method: "POST", url: url("/webhooks/meta"),
        headers: [("Content-Type", "application/json")]
          + ((signature ?? right).isEmpty ? [] : [("X-Hub-Signature-256", signature ?? right)]), body: bytes))
  }

  package func get(_ path: String) async throws -> OutboundResponse {
    try await http.send(OutboundRequest(method: "GET", url: url(path), headers: [], body: []))
  }

  /// Makes an assistant and lets it answer for the sender.
  @discardableResult
  package func assist(_ sender: TestSender, model: String = "model-1") async throws -> Assistant {
    let assistant = try await caller.call(
      MessagingRouterAPI.CreateAssistant(name: "Helper", instructions: "Be kind.", model: model),
      account: sender.account)
    _ = try await caller.call(
      MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: assistant.id, aiEnabled: true),
      account: sender.account)
    return assistant
  }

  /// Waits until the replica has the sender as it is.
  package func knows(_ sender: TestSender) async throws {
    try await eventually("the replica has \(sender.phoneNumberID)") {
      try await text("SELECT status FROM replica_senders WHERE sender_id = '\(sender.id.text)'") == [
        sender.status.rawValue
      ]
    }
  }

  /// The one column of a query's rows, as text.
  package func text(_ sql: String) async throws -> [String] {
    try await database.read { connection in
      try connection.all("WITH found (x) AS (\(sql)) SELECT CAST(x AS TEXT) FROM found") { row in
        try row.optionalText(0) ?? "NULL"
      }
    }
  }

  package func count(_ table: String) async throws -> Int {
    try await database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } ?? 0 }
  }

  /// Stops in good order.
  package func stop() async {
    await caller.close()
    await host.stop(within: .seconds(2))
  }

  private func url(_ path: String) -> String { "http://127.0.0.1:\(host.ports.http)\(path)" }
}
