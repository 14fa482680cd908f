package import Contracts
import Crypto
package import Daemon
package import MessagingRouter
package import Outbound
package import Store
import Synchronization
package import TestSupport
package import Transport
package import Wire

/// Something that happens once.
final class Flag: Sendable {
  private let isUp = Mutex(false)

  /// Whether it was up already.
  func raise() -> Bool {
    isUp.withLock { isUp in
      defer { isUp = true }
      return isUp
    }
  }
}

/// A started `messaging-router`, and the ways to reach it.
package struct RunningRouter: Sendable {
  package let host: ServiceHost<MessagingRouterService>
  package let service: MessagingRouterService
  /// Calls in the registry's name.
  package let caller: Peer
  let http: HTTPClient
  let hasStopped = Flag()

  package var database: Database { service.database }

  /// Posts a body as Meta does; `signature` replaces the right one.
  @discardableResult
  package func webhook(_ body: String, signature: String? = nil) async throws -> OutboundResponse {
    let signature = signature ?? Self.signature(body)
    var headers = [(name: "Content-Type", value: "application/json")]
    if !signature.isEmpty { headers.append(("X-Hub-Signature-256", signature)) }
    return try await http.send(
      OutboundRequest(method: "POST", url: url("/webhooks/meta"), headers: headers, body: Array(body.utf8)))
  }

  /// What Meta would send as `X-Hub-Signature-256`.
  package static func signature(_ body: String, secret: String = MessagingRouterHarness.appSecret) -> String {
    "sha256=" + Hex.encode(HMACSHA256.authenticate(Array(body.utf8), key: Array(secret.utf8)))
  }

  package func get(_ path: String) async throws -> OutboundResponse {
    try await http.send(OutboundRequest(method: "GET", url: url(path), headers: [], body: []))
  }

  /// Asks for a link, as whoever has it would.
  package func fetch(
    _ link: String, method: String = "GET", headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    limit: Int = 32 << 20
  ) async throws -> OutboundResponse {
    var request = OutboundRequest(method: method, url: link, headers: headers, body: body)
    request.limits = OutboundLimits(
      connect: .seconds(20), head: .seconds(20), whole: .seconds(20), responseBytes: limit)
    return try await http.send(request)
  }

  /// Makes an assistant and lets it answer for the sender.
  @discardableResult
  package func assist(_ sender: TestSender, model: String = "model-1") async throws -> Assistant {
    let assistant = try await caller.call(
      MessagingRouterAPI.CreateAssistant(name: "Helper", instructions: "Be kind.", model: model),
      account: sender.account)
    _ = try await caller.call(
      MessagingRouterAPI.SetBinding(senderID: sender.id, assistantID: .set(assistant.id), aiEnabled: true),
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

  /// A customer writes, and the service has stored it: the window is open.
  package func open(_ sender: TestSender, from: String = "4915112345678", id: String? = nil) async throws {
    let id = id ?? "wamid.open.\(from)"
    try await webhook(
      WebhookBody.batch(number: sender.phoneNumberID, messages: [WebhookBody.text(id, "hello", from: from)]))
    try await eventually("the message is stored") {
      try await text("SELECT 1 FROM messages WHERE meta_message_id = '\(id)'") == ["1"]
    }
  }

  /// Queues a text through the API.
  package func send(_ text: String, from sender: TestSender, to: String = "+4915112345678", key: String? = nil)
    async throws(CallFailure) -> Message
  {
    try await caller.call(
      MessagingRouterAPI.SendMessage(senderID: sender.id, to: PhoneNumber(trusted: to), text: text),
      account: sender.account, key: key)
  }

  /// The status of one message.
  package func status(_ id: String) async throws -> String? {
    try await text("SELECT status FROM messages WHERE id = '\(id)'").first
  }

  /// Waits until a message has a status.
  package func becomes(_ id: String, _ status: String) async throws {
    try await eventually("\(id) is \(status)") { try await self.status(id) == status }
  }

  /// Erases a person, and lets time go on until that is done.
  package func erase(_ contact: ContactID, of sender: TestSender, _ time: TestClock) async throws {
    _ = try await caller.call(MessagingRouterAPI.EraseContact(id: contact), account: sender.account)
    try await eventually("erased") {
      time.advance(by: .milliseconds(50))
      service.clockWasSet()
      return try await caller.call(MessagingRouterAPI.GetErasure(id: contact), account: sender.account).state == .done
    }
  }

  /// Waits until nothing is on its way through the service any more.
  package func isQuiet() async throws {
    try await eventually("nothing is under way") {
      try await text(
        """
        SELECT (SELECT count(*) FROM inbox WHERE state = 0) + (SELECT count(*) FROM turns WHERE state = 'ready')
          + (SELECT count(*) FROM event_outbox)
          + (SELECT count(*) FROM messages WHERE status IN ('queued', 'sending'))
        """) == ["0"]
    }
  }

  package func count(_ table: String) async throws -> Int {
    try await database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } ?? 0 }
  }

  /// Stops in good order; a second time does nothing.
  package func stop() async {
    if hasStopped.raise() { return }
    await caller.close()
    await host.stop(within: .seconds(2))
  }

  private func url(_ path: String) -> String { "http://127.0.0.1:\(host.ports.http)\(path)" }
}
