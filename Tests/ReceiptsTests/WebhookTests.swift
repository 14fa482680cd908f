import Store
import Telemetry
import Contracts
import Crypto
import Foundation
import Outbound
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct WebhookTests {
  @Test func `the first save shows the secret, once`() async throws {
    try await ReceiptsFixture.run { fixture in
      let first = try await fixture.addWebhook("https://hooks.example.com/one")
      #expect(first.secret?.hasPrefix("whsec_") == true)
      fixture.clock.advance(by: .seconds(1))
      let second = try await fixture.webhooks.set(
        .init(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/two"), ReceiptsFixture.front())
      #expect(second.secret == nil && second.id == first.id && second.url == "https://hooks.example.com/two")
      #expect(second.createdAt == first.createdAt && second.updatedAt > first.updatedAt)
      let read = try await fixture.webhooks.get(.init(senderID: ReceiptsFixture.sender), ReceiptsFixture.front())
      #expect(read == second)
    }
  }

  @Test func `a save for a version that was replaced is refused and changes nothing`() async throws {
    try await ReceiptsFixture.run { fixture in
      func save(_ path: String, ifVersion: Int64?) async throws -> Webhook {
        try await fixture.webhooks.set(
          .init(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/\(path)", ifVersion: ifVersion),
          ReceiptsFixture.front())
      }
      try await fixture.addSender()
      #expect(await failure { try await save("none", ifVersion: IfVersion.any) }?.reason == "VERSION_CHANGED")
      #expect(try await save("one", ifVersion: nil).version == 1)
      #expect(try await save("two", ifVersion: 1).version == 2)
      #expect(await failure { try await save("three", ifVersion: 1) }?.reason == "VERSION_CHANGED")
      let read = try await fixture.webhooks.get(.init(senderID: ReceiptsFixture.sender), ReceiptsFixture.front())
      #expect(read.url == "https://hooks.example.com/two" && read.version == 2)
      #expect(try await save("four", ifVersion: IfVersion.any).version == 3)
    }
  }

  @Test func `a lost first answer is had again with the same idempotency key`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      try await fixture.addSender(ReceiptsFixture.secondSender, account: ReceiptsFixture.otherAccount)
      let call = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/")
      var context = ReceiptsFixture.front()
      context.key = "save-1"
      let first = try await fixture.webhooks.set(call, context)
      #expect(first.secret != nil)
      fixture.clock.advance(by: .seconds(23 * 3_600))
      #expect(try await fixture.webhooks.set(call, context) == first)
      var other = call
      other.url = "https://hooks.example.com/other"
      let reused = await failure { try await fixture.webhooks.set(other, context) }
      #expect(reused?.code == .alreadyExists && reused?.reason == "IDEMPOTENCY_KEY_REUSED")
      // Another account's key of the same text is another key.
      var theirs = ReceiptsFixture.front(ReceiptsFixture.otherAccount)
      theirs.key = "save-1"
      let second = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.secondSender, url: call.url)
      let answer = try await fixture.webhooks.set(second, theirs)
      #expect(answer.secret != nil && answer.secret != first.secret)
      fixture.clock.advance(by: .seconds(3_600))
      let late = try await fixture.webhooks.set(call, context)
      #expect(late.secret == nil && late.id == first.id)
    }
  }

  @Test func `a kept answer is sealed on disk`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      var context = ReceiptsFixture.front()
      context.key = "save-1"
      let call = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/")
      let secret = try #require(try await fixture.webhooks.set(call, context).secret)
      let kept = try await fixture.database.read { try $0.all("SELECT answer FROM saved_answers") { try $0.text(0) } }
      #expect(kept.count == 1)
      for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path) {
        let bytes = try Data(contentsOf: URL(filePath: fixture.directory.file(name)))
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
      }
    }
  }

  @Test func `of two first saves at the same time one shows the secret`() async throws {
    try await ReceiptsFixture.run { fixture in
      try await fixture.addSender()
      let webhooks = fixture.webhooks
      let secrets = try await withThrowingTaskGroup(of: String?.self) { group in
        for number in 0..<8 {
          group.addTask {
            let call = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.sender, url: "https://x.example/\(number)")
            return try await webhooks.set(call, ReceiptsFixture.front()).secret
          }
        }
        return try await group.reduce(into: []) { $0 += [$1] }
      }
      #expect(secrets.compactMap { $0 }.count == 1)
    }
  }

  @Test func `the files on disk hold no secret`() async throws {
    try await ReceiptsFixture.run { fixture in
      let secret = try #require(try await fixture.addWebhook("https://hooks.example.com/").secret)
      let key = try #require(Base64.decode(String(secret.dropFirst(6))))
      var searched = 0
      for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path) {
        let bytes = try Data(contentsOf: URL(filePath: fixture.directory.file(name)))
        if bytes.range(of: Data("hooks.example.com".utf8)) != nil { searched += 1 }
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
        #expect(bytes.range(of: Data(secret.utf8.dropFirst(6))) == nil, "\(name)")
        #expect(bytes.range(of: Data(key)) == nil, "\(name)")
      }
      // The row itself is in one of them, or the search would prove nothing.
      #expect(searched > 0)
      #expect(!fixture.lines.all.contains { $0.contains(secret) })
    }
  }

  @Test(arguments: [
    "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "hooks.example.com", "https://",
    "https://user:password@hooks.example.com/", "https://hooks.example.com:8080/", "https://hooks.example.com:22/",
    "https://hooks.example.com/#part", "https://hooks.example.com/a b", "https://127.0.0.1/", "https://localhost/",
    "https://localhost./", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://0/", "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[fd00:ec2::254]/", "https://[fe80::1%25eth0]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://senders.example/", "https://console.senders.example/", "https://SENDERS.example./", "https://h\r\nX: y/",
  ])
  func `a URL with a hole is refused when it is saved`(url: String) async throws {
    let rules = EgressRules(denyHosts: ["senders.example"])
    try await ReceiptsFixture.run(rules: rules) { fixture in
      let refusal = await failure { try await fixture.addWebhook(url) }
      #expect(refusal?.code == .invalidArgument && refusal?.reason == "URL_REFUSED" && refusal?.field == "url")
      #expect(refusal?.message.contains("url") == true)
    }
  }

  @Test func `plain http is taken only where it is allowed`() async throws {
    let url = "http://hooks.example.com/"
    try await ReceiptsFixture.run(rules: EgressRules()) { fixture in
      #expect(await failure { try await fixture.addWebhook(url) }?.message.contains("ALLOW_HTTP_WEBHOOKS") == true)
    }
    try await ReceiptsFixture.run(rules: EgressRules(allowHTTP: true)) { fixture in
      let webhook = try await fixture.addWebhook(url)
      #expect(webhook.url == url)
    }
  }

  @Test(arguments: ["", "https://x.example/" + String(repeating: "a", count: 2_048)])
  func `a URL has a length`(url: String) async throws {
    try await ReceiptsFixture.run { fixture in
      #expect(await failure { try await fixture.addWebhook(url) }?.reason == "LENGTH_OUT_OF_RANGE")
    }
  }

  @Test func `another account sees nothing and changes nothing`() async throws {
    try await ReceiptsFixture.run { fixture in
      let mine = try await fixture.addWebhook("https://hooks.example.com/mine")
      try await fixture.record(.sample(1))
      let (sender, other) = (ReceiptsFixture.sender, ReceiptsFixture.front(ReceiptsFixture.otherAccount))
      let set = ReceiptsAPI.SetWebhook(senderID: sender, url: "https://hooks.example.com/theirs")
      #expect(await failure { try await fixture.webhooks.set(set, other) }?.reason == "SENDER_NOT_FOUND")
      #expect(
        await failure { try await fixture.webhooks.get(.init(senderID: sender), other) }?.reason == "WEBHOOK_NOT_FOUND")
      #expect(
        await failure { try await fixture.deliveries.ofSender(.init(senderID: sender), other) }?.reason
          == "SENDER_NOT_FOUND")
      let read = try await fixture.webhooks.get(.init(senderID: sender), ReceiptsFixture.front())
      #expect(read.url == mine.url)
    }
  }

  @Test func `no account, no answer`() async throws {
    try await ReceiptsFixture.run { fixture in
      let (sender, nobody) = (ReceiptsFixture.sender, ReceiptsFixture.front(nil))
      let set = ReceiptsAPI.SetWebhook(senderID: sender, url: "https://hooks.example.com/")
      #expect(await failure { try await fixture.webhooks.set(set, nobody) }?.reason == "ACCOUNT_REQUIRED")
      #expect(
        await failure { try await fixture.webhooks.get(.init(senderID: sender), nobody) }?.reason == "ACCOUNT_REQUIRED")
      #expect(
        await failure { try await fixture.deliveries.ofSender(.init(senderID: sender), nobody) }?.reason
          == "ACCOUNT_REQUIRED")
    }
  }

  @Test func `a sender that nobody knows has no webhook`() async throws {
    try await ReceiptsFixture.run { fixture in
      let set = ReceiptsAPI.SetWebhook(senderID: ReceiptsFixture.sender, url: "https://hooks.example.com/")
      #expect(
        await failure { try await fixture.webhooks.set(set, ReceiptsFixture.front()) }?.reason == "SENDER_NOT_FOUND")
      try await fixture.addSender()
      let get = ReceiptsAPI.GetWebhook(senderID: ReceiptsFixture.sender)
      #expect(await failure { try await fixture.webhooks.get(get, ReceiptsFixture.front()) }?.code == .notFound)
    }
  }
}
