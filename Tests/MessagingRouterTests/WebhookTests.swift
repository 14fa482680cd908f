import HTTP
import MessagingRouterHarness
import Outbound
import Store
import Telemetry
import TestSupport
import Testing

@Suite struct WebhookTests {
  @Test(arguments: [
    "", "sha256=", "sha256=zz", "sha1=0000", "sha256=" + String(repeating: "0", count: 64),
    // Signed with another app's secret.
    WebhookTests.foreign,
  ])
  func `a webhook that is not signed with the app secret is refused and leaves nothing`(signature: String) async throws
  {
    try await MessagingRouterHarness.run { harness, router in
      let answer = try await router.webhook(Self.body, signature: signature)
      #expect(answer.status == 401)
      #expect(try await router.count("inbox") == 0)
      let lines = harness.lines.ofEvent("webhook.signature_refused")
      #expect(lines.count == 1 && lines.allSatisfy { "\($0)".contains("127.0.0.1") })
      #expect(try await router.count("inbox_poison") == 0)
    }
  }

  private static let body = WebhookBody.batch(messages: [WebhookBody.text("wamid.1", "hello")])
  private static let foreign = RunningRouter.signature(body, secret: "another-secret")

  @Test(arguments: ["", "{", "[]", "null", "\u{0}\u{1}", #"{"object":"page","entry":[]}"#])
  func `garbage with the right signature is taken and set aside`(body: String) async throws {
    try await MessagingRouterHarness.run { harness, router in
      let answer = try await router.webhook(body)
      #expect(answer.status == 200)
      try await eventually("set aside") { try await router.count("inbox_poison") == 1 }
      #expect(try await router.count("inbox") == 0)
      try await eventually("told") { harness.lines.ofEvent("inbox.poison").count == 1 }
    }
  }

  @Test func `the handshake answers the challenge to the right token only`() async throws {
    try await MessagingRouterHarness.run { _, router in
      let right = try await router.get(
        "/webhooks/meta?hub.mode=subscribe&hub.challenge=42abc&hub.verify_token=verify-token")
      #expect(right.status == 200 && right.body == Array("42abc".utf8))
      for query in [
        "hub.mode=subscribe&hub.challenge=42&hub.verify_token=wrong", "hub.mode=subscribe&hub.challenge=42",
        "hub.mode=subscribe&hub.challenge=42&hub.verify_token=verify-token&hub.verify_token=verify-token",
        "hub.mode=subscribe&hub.challenge=1&hub.challenge=42&hub.verify_token=verify-token",
        "hub.mode=unsubscribe&hub.challenge=42&hub.verify_token=verify-token", "",
      ] {
        let wrong = try await router.get("/webhooks/meta?" + query)
        #expect(wrong.status == 403)
      }
    }
  }

  @Test func `a body over three megabytes is refused`() async throws {
    try await MessagingRouterHarness.run { _, router in
      let whole = try await router.webhook(String(repeating: " ", count: 3 << 20))
      let more = try await router.webhook(String(repeating: " ", count: (3 << 20) + 1))
      #expect(whole.status == 200 && more.status == 413)
    }
  }

  @Test(arguments: [
    // message without id, status without timestamp, change without field, metadata missing
    WebhookBody.batch(messages: [#"{"timestamp":"1","type":"text","from":"491"}"#]),
    WebhookBody.batch(statuses: [#"{"id":"wamid.x","status":"sent"}"#]),
    WebhookBody.changes([#"{"value":{}}"#]),
    WebhookBody.changes([#"{"field":"messages","value":{"messages":[]}}"#]),
    // an entry that is no object
    #"{"object":"whatsapp_business_account","entry":[7]}"#,
    // a sender that is no number
    WebhookBody.batch(messages: [WebhookBody.text("wamid.bad", "hi", from: "not a number")]),
  ])
  func `a poison update in a good batch is set aside with its reason, the others go on`(poison: String) async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let good = WebhookBody.batch(messages: [WebhookBody.text("wamid.good", "hello")])
      try await router.webhook(Self.merged(good, poison))
      try await eventually("both parts are dealt with") { try await router.count("inbox") == 0 }
      #expect(try await router.text("SELECT meta_message_id FROM messages") == ["wamid.good"])
      let reasons = try await router.text("SELECT reason FROM inbox_poison")
      #expect(reasons.count == 1 && reasons.allSatisfy { !$0.isEmpty })
    }
  }

  @Test func `an update that breaks a rule of the store is set aside, the others go on`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.database.write {
        try $0.execute(
          "CREATE TRIGGER rule BEFORE INSERT ON messages WHEN NEW.text = 'bad' BEGIN SELECT RAISE(ABORT, 'rule'); END")
      }
      try await router.webhook(
        WebhookBody.batch(messages: ["good", "bad", "fine"].map { WebhookBody.text("wamid.\($0)", $0) }))
      try await eventually("dealt with") { try await router.count("inbox") == 0 }
      #expect(try await router.text("SELECT text FROM messages ORDER BY sequence") == ["good", "fine"])
      #expect(try await router.text("SELECT path FROM inbox_poison") == ["update[1]"])
    }
  }

  @Test func `a batch of a thousand messages is stored once, whole`() async throws {
    let sender = TestSender()
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let body = WebhookBody.batch(
        messages: (0..<1_000).map { WebhookBody.text("wamid.\($0)", "m\($0)", from: "49151100\(10_000 + $0 % 50)") })
      try await router.webhook(body)
      try await router.webhook(body)
      try await eventually(within: .seconds(30), "stored") { try await router.count("inbox") == 0 }
      #expect(try await router.count("messages") == 1_000)
      #expect(try await router.count("conversations") == 50)
    }
  }

  /// One body with the entries of two.
  private static func merged(_ first: String, _ second: String) -> String {
    func entries(_ body: String) -> Substring {
      body.dropFirst(#"{"object":"whatsapp_business_account","entry":["#.count).dropLast(2)
    }
    return #"{"object":"whatsapp_business_account","entry":[\#(entries(second)),\#(entries(first))]}"#
  }
}
