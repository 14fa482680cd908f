import Contracts
import Crypto
import HTTP
import ReceiptsHarness
import Store
import TestSupport
import Testing

@testable import Receipts
import Wire

/// Mistakes that others made with headers of a customer's own, each by its name.
@Suite struct OwnHeaderBugsTests {
  private static let reserved = [
    "Host", "Content-Length", "content-type", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
    "Upgrade", "Expect", "Proxy-Authorization", "proxy-connection", "User-Agent", "Cookie", "Accept-Encoding",
    "X-Signature-256", "x-signature-256-next", "Webhook-Id", "webhook-signature", "WEBHOOK-TIMESTAMP", "webhook-other",
    "traceparent", "tracestate", "Content-Encoding",
  ]

  @Test(arguments: reserved)
  func `header injection through custom headers: a name of ours or of the connection`(name: String) async throws {
    try await ReceiptsFixture.run { fixture in
      let refused = await failure {
        try await fixture.webhooks.create(
          .init(url: "https://hooks.example.com/", headers: [WebhookHeader(name: name, value: "1")]),
          ReceiptsFixture.front())
      }
      #expect(refused?.reason == "HEADER_RESERVED" && refused?.field == "headers[0].name")
    }
  }

  @Test(arguments: [
    ("X-A\r\nX-B", "1"), ("X-A:", "1"), ("X A", "1"), ("X-Ä", "1"), ("X-A\u{0}", "1"), ("X-A", "1\r\nX-B: 2"),
    ("X-A", "1\n"), ("X-A", "\r"), ("X-A", "1\u{0}"), ("X-A", "1\u{7f}"), ("X-A", "1\t2"), ("X-A", " 1"), ("X-A", "1 "),
    ("X-A", "\u{85}"), ("X-A", "\u{2028}"),
  ])
  func `header injection through custom headers: a line break or what is no header`(name: String, value: String)
    async throws
  {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/")
      let refused = await failure {
        try await fixture.webhooks.update(
          .init(webhookID: webhook.id, headers: [WebhookHeader(name: name, value: value)]), ReceiptsFixture.front())
      }
      #expect(refused?.reason == "HEADER_INVALID" && refused?.code == .invalidArgument)
    }
  }

  @Test func `a reserved header that got into the store all the same is not sent`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      let planted = #"[{"name":"X-Signature-256","value":"sha256=00"},{"name":"X-Fine","value":"1"}]"#
      let sealed = fixture.keyring.seal(Secret(planted), binding: WebhookRow.binding(webhook.id, column: "headers"))
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET headers = ?", sealed) }
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let request = try await receiver.requests.next()
      #expect(request.headers["x-fine"] == "1" && request.headers["x-signature-256"] != "sha256=00")
    }
    await receiver.stop()
  }

  @Test func `retries lack the custom headers`() async throws {
    let receiver = try await WebhookReceiver { _, number in .text("", status: number < 3 ? 500 : 200) }
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url)
      _ = try await fixture.webhooks.update(
        .init(
          webhookID: webhook.id,
          headers: [
            WebhookHeader(name: "Authorization", value: "Bearer 1"), WebhookHeader(name: "X-Shop", value: "eins"),
          ]), ReceiptsFixture.front())
      fixture.worker.start()
      try await fixture.record(.sample(1))
      for attempt in 1...3 {
        let request = try await receiver.requests.next("attempt \(attempt)")
        #expect(request.headers["authorization"] == "Bearer 1" && request.headers["x-shop"] == "eins")
        #expect(request.headers["content-type"] == "application/json")
        for name in ["x-signature-256", "webhook-id", "webhook-timestamp", "webhook-signature"] {
          #expect(request.headers[name] != nil, "\(attempt) \(name)")
        }
        _ = try await fixture.delivery("attempt \(attempt) is kept") { $0.attempts.count == attempt }
        fixture.advance(by: .seconds(300))
      }
    }
    await receiver.stop()
  }

  @Test func `headers that cannot be opened any more are a failed attempt, not a delivery without them`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      try await fixture.addWebhook(receiver.url)
      try await fixture.database.write { try $0.execute("UPDATE webhooks SET headers = 'v1.k1.AAAA'") }
      fixture.worker.start()
      try await fixture.record(.sample(1))
      let delivery = try await fixture.delivery("the attempt is kept") { $0.attempts.count == 1 }
      #expect(delivery.attempts.first?.errorClass == "headers_unreadable" && receiver.count == 0)
    }
    await receiver.stop()
  }
}
