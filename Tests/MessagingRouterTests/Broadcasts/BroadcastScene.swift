import Contracts
import HTTP
import JSON
import MessagingRouterHarness
import Store
import Synchronization
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// A running router with one sender whose rate and limit hold nobody up, a marketing template with one variable, and a
/// Meta that counts who got how many messages.
final class BroadcastScene: Sendable {
  /// What Meta answers to a send; nil is the usual.
  typealias Answer = @Sendable (HTTPRequest) async -> HTTPResponse?

  let harness: MessagingRouterHarness
  let router: RunningRouter
  let sender: TestSender
  let template: TemplateID
  private let accepted = Mutex<[String: Int]>([:])

  static func run(_ body: (BroadcastScene) async throws -> Void) async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      MetaTemplates(harness).put(
        "sale", category: "MARKETING",
        components: [
          ["type": "BODY", "text": "Hello {{1}}, come in.", "example": ["body_text": [["Ann"]]]]
        ])
      try await router.hasSynced()
      harness.time.advance(by: .seconds(10))
      try await router.sync(sender)
      let template = try #require(try await router.templates(sender).first)
      let scene = BroadcastScene(harness, router, sender, template.id)
      try await scene.write("UPDATE replica_senders SET messaging_limit = 'TIER_UNLIMITED', throughput = 1000")
      scene.meta { _ in nil }
      try await body(scene)
    }
  }

  private init(
    _ harness: MessagingRouterHarness, _ router: RunningRouter, _ sender: TestSender, _ template: TemplateID
  ) {
    self.harness = harness
    self.router = router
    self.sender = sender
    self.template = template
  }

  // MARK: Meta

  func meta(_ answer: @escaping Answer) {
    harness.graph.answering { [self] request in
      if let other = await answer(request) { return other }
      let to = MetaAnswers.recipient(request) ?? ""
      accepted.withLock { $0[to, default: 0] += 1 }
      return MetaAnswers.accepted(request)
    }
  }

  /// How many messages Meta has accepted, and the people who got more than one.
  var sent: (all: Int, twice: [String]) {
    accepted.withLock { accepted in
      (accepted.values.reduce(0, +), accepted.filter { $0.value > 1 }.map(\.key).sorted())
    }
  }

  // MARK: Calls

  func call<C: Call>(_ call: C, over peer: Peer? = nil) async throws(CallFailure) -> C.Reply {
    try await (peer ?? router.caller).call(call, account: sender.account)
  }

  static func number(_ index: Int) -> String { "+4915112\(100_000 + index)" }

  /// A draft with so many recipients, each with a value of its own.
  func draft(_ recipients: Int, variables: [String: String]? = nil) async throws -> BroadcastID {
    let id = try await call(
      MessagingRouterAPI.CreateBroadcast(
        senderID: sender.id, templateID: template, name: "Sale", variables: variables)
    ).id
    for start in stride(from: 0, to: recipients, by: 1_000) {
      _ = try await call(
        MessagingRouterAPI.AddBroadcastRecipients(
          id: id,
          recipients: (start..<min(start + 1_000, recipients)).map {
            .init(to: Self.number($0), variables: variables == nil ? ["1": "P\($0)"] : nil)
          }))
    }
    return id
  }

  func started(_ recipients: Int) async throws -> BroadcastID {
    let id = try await draft(recipients)
    _ = try await call(MessagingRouterAPI.StartBroadcast(id: id))
    return id
  }

  func view(_ id: BroadcastID) async throws -> Broadcast { try await call(MessagingRouterAPI.GetBroadcast(id: id)) }

  func becomes(_ id: BroadcastID, _ state: Broadcast.State, within limit: Duration = .seconds(20)) async throws {
    try await eventually(within: limit, "\(id) is \(state)") { try await view(id).state == state }
  }

  func events(_ id: BroadcastID) async throws -> [BroadcastEvent.Kind] {
    try await call(MessagingRouterAPI.ListBroadcastEvents(id: id, limit: 100)).data.map(\.kind).reversed()
  }

  func write(_ sql: String) async throws { try await router.database.write { try $0.execute(sql) } }
  func count(_ table: String) async throws -> Int { try await router.count(table) }

  /// The feeder has looked at everything once more: what was started after all the rest is over.
  func feederHasPassed() async throws {
    let id = try await call(
      MessagingRouterAPI.CreateBroadcast(
        senderID: sender.id, templateID: template, name: "Last", variables: ["1": "you"])
    ).id
    _ = try await call(
      MessagingRouterAPI.AddBroadcastRecipients(id: id, recipients: [.init(to: "+4915199999999")]))
    _ = try await call(MessagingRouterAPI.StartBroadcast(id: id))
    try await becomes(id, .completed)
  }
}
