import Contracts
import JSON
import Outbound
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// Links for people without an API key, and the page behind them.
@Suite struct OnboardingLinkTests {
  static let settings = [
    "PUBLIC_URL": "https://senders.example/", "META_CONFIG_ID": "777", "META_SDK_URL": "http://127.0.0.1:1/sdk.js",
    "META_TEST_ORIGIN": "http://127.0.0.1:1/",
  ]

  private func run(_ body: (SenderRegistryHarness, Sender) async throws -> Void) async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      try await body(harness, try await harness.createSender())
    }
  }

  /// A new link and its path here.
  private func make(_ harness: SenderRegistryHarness, _ sender: Sender) async throws -> (OnboardingLink, path: String) {
    let link = try await harness.call(SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id))
    let url = try #require(link.url)
    #expect(url.hasPrefix("https://senders.example/onboard/"))
    return (link, String(url.dropFirst("https://senders.example".count)))
  }

  private static let finish = #"{"code":"AQB-x","waba_id":"1029","phone_number_id":"1065","business_id":"77"}"#

  @Test func `a link is shown once, stored as a hash, and connects its sender without a key`() async throws {
    try await run { harness, sender in
      let (link, path) = try await make(harness, sender)
      #expect(link.state == .active && link.id.text.hasPrefix("lnk_"))
      #expect(try await harness.call(SenderRegistryAPI.GetOnboardingLink(id: link.id)).url == nil)
      let token = String(path.dropFirst("/onboard/".count))
      #expect(token.utf8.count == 43)
      #expect(!(try harness.files.databaseBytes(.senderRegistry).contains(token)))

      let page = try await harness.request("GET", path, key: "")
      #expect(page.status == 200)
      let connecting = try await harness.request("POST", path + "/connect", body: Self.finish, key: "")
      #expect(connecting.status == 202 && connecting.json["status"] == "connecting")
      _ = try await harness.sender(sender.id, reaches: .online)
      let progress = try await harness.request("GET", path + "/status", key: "")
      #expect(progress.json["status"] == "online" && progress.json["steps"]?[0]?["state"] == "done")
      #expect(progress.json["waba_id"] == nil)
      let used = try await harness.call(SenderRegistryAPI.GetOnboardingLink(id: link.id))
      #expect(used.state == .used && used.usedAt != nil)
      // The audit log names the link; what the popup returned is blanked.
      let log = try await harness.request("GET", "/v1/audit-log?actor=\(link.id)")
      let entry = try #require(log.json["data"]?[0])
      #expect(entry["method"] == "onboarding.connect" && entry["outcome"] == "done")
      #expect(entry["request"]?["code"]?.string == SecretBlanking.mark && entry["request"]?["waba_id"] == "1029")
    }
  }

  @Test func `a link works once, and looking at it does not spend it`() async throws {
    try await run { harness, sender in
      let (_, path) = try await make(harness, sender)
      for _ in 0..<3 { #expect(try await harness.request("GET", path, key: "").status == 200) }
      // Refused: nothing was handed in.
      let wrong = try await harness.request("POST", path + "/connect", body: #"{"code":"x","waba_id":"a"}"#, key: "")
      #expect(wrong.status == 400 && wrong.json["code"] == "META_ID_INVALID")
      // Two at the same moment: one of them.
      async let first = harness.request("POST", path + "/connect", body: Self.finish, key: "")
      async let second = harness.request("POST", path + "/connect", body: Self.finish, key: "")
      let statuses = try await [first.status, second.status].sorted()
      #expect(statuses == [202, 409])
      let page = try await harness.request("GET", path, key: "")
      #expect(page.status == 410)
      #expect(page.json.string?.contains("It has been used already") == true)
      let again = try await harness.request("POST", path + "/connect", body: Self.finish, key: "")
      #expect(again.status == 409 && again.json["code"] == "LINK_USED")
    }
  }

  @Test func `a revoked link and an expired one open nothing`() async throws {
    try await run { harness, sender in
      let (link, path) = try await make(harness, sender)
      let revoked = try await harness.call(SenderRegistryAPI.RevokeOnboardingLink(id: link.id))
      #expect(revoked.state == .revoked)
      #expect(try await harness.request("GET", path, key: "").status == 410)
      let refused = try await harness.request("POST", path + "/connect", body: Self.finish, key: "")
      #expect(refused.status == 409 && refused.json["code"] == "LINK_REVOKED")
      #expect(try await harness.request("GET", path + "/status", key: "").json["code"] == "LINK_REVOKED")

      let (other, otherPath) = try await make(harness, sender)
      try await harness.database.write {
        try $0.execute("UPDATE onboarding_links SET expires_at = 1 WHERE id = ?", other.id.text)
      }
      let page = try await harness.request("GET", otherPath, key: "")
      #expect(page.status == 410 && page.json.string?.contains("Its time is over") == true)
      let event = try await harness.request("POST", otherPath + "/events", body: #"{"event":"CANCEL"}"#, key: "")
      #expect(event.json["code"] == "LINK_EXPIRED")
    }
  }

  @Test func `the page carries its rules: nonce, no frames, no referrer, nothing kept`() async throws {
    try await run { harness, sender in
      let (_, path) = try await make(harness, sender)
      let page = try await harness.request("GET", path, key: "")
      let html = try #require(page.json.string)
      let policy = try #require(page.headers["Content-Security-Policy"])
      #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
      #expect(!policy.contains("unsafe"))
      let nonce = try #require(policy.split(separator: "'").first { $0.hasPrefix("nonce-") }?.dropFirst(6))
      #expect(html.split(separator: "nonce=\"\(nonce)\"").count == 4, "one style, two scripts")
      #expect(html.split(separator: "<script").count == 3)
      for handler in ["onclick", "onload", "onerror", "javascript:", "innerHTML"] { #expect(!html.contains(handler)) }
      #expect(page.headers["X-Frame-Options"] == "DENY")
      #expect(page.headers["Referrer-Policy"] == "no-referrer")
      #expect(page.headers["Cache-Control"] == "no-store")
      let second = try await harness.request("GET", path, key: "").headers["Content-Security-Policy"]
      #expect(second != policy, "a nonce is used once")
      #expect(!html.contains(harness.adminKey))
      #expect(html.contains("https://") || html.contains("sdk.js"))
    }
  }

  @Test func `what people wrote never becomes markup`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let name = "</script><img src=x onerror=alert(1)>&\"'"
      let sender = try await harness.call(
        SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(parsing: "+14155550199"), displayName: name))
      let (_, path) = try await make(harness, sender)
      let html = try #require(try await harness.request("GET", path, key: "").json.string)
      #expect(!html.contains("<img") && !html.contains("</script><"))
      #expect(html.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;"))
      #expect(html.contains(#"\u003c/script\u003e\u003cimg"#))
    }
  }

  @Test func `wrong links are told apart from nothing, and an address has 20 tries`() async throws {
    try await run { harness, sender in
      let (_, path) = try await make(harness, sender)
      let wrong = "/onboard/" + String(repeating: "A", count: 43)
      #expect(try await harness.request("GET", wrong, key: "").status == 404)
      #expect(try await harness.request("GET", "/onboard/short", key: "").status == 404)
      var statuses: [Int] = []
      for _ in 0..<25 { statuses.append(try await harness.request("GET", wrong + "/status", key: "").status) }
      #expect(statuses.first == 404 && statuses.last == 429)
      // Who shares the address with whoever tried, behind a proxy for example, is not kept out.
      #expect(try await harness.request("GET", path, key: "").status == 200)
    }
  }

  @Test func `links of a disabled account open nothing until it is enabled again`() async throws {
    try await run { harness, _ in
      let (account, _) = try await harness.makeAccount("tenant")
      let sender = try await harness.call(
        SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(parsing: "+4930901820"), displayName: "Laden"),
        account: account)
      let link = try await harness.call(SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id), account: account)
      let path = String(try #require(link.url).dropFirst("https://senders.example".count))
      func enable(_ isEnabled: Bool) async throws {
        let body = #"{"is_enabled":\#(isEnabled)}"#
        #expect(try await harness.request("PATCH", "/v1/accounts/\(account)", body: body).status == 200)
      }
      #expect(try await harness.request("GET", path, key: "").status == 200)
      try await enable(false)
      #expect(try await harness.request("GET", path, key: "").status == 404)
      #expect(try await harness.request("POST", path + "/connect", body: Self.finish, key: "").status == 404)
      try await enable(true)
      #expect(try await harness.request("GET", path, key: "").status == 200)
    }
  }

  @Test func `links of another account do not exist`() async throws {
    try await run { harness, sender in
      let (link, _) = try await make(harness, sender)
      let (other, _) = try await harness.makeAccount("other")
      for call in 0..<3 {
        let failure = await #expect(throws: CallFailure.self) {
          switch call {
          case 0: _ = try await harness.call(SenderRegistryAPI.GetOnboardingLink(id: link.id), account: other)
          case 1: _ = try await harness.call(SenderRegistryAPI.RevokeOnboardingLink(id: link.id), account: other)
          default:
            _ = try await harness.call(SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id), account: other)
          }
        }
        #expect(failure?.code == .notFound)
      }
      #expect(try await harness.call(SenderRegistryAPI.ListOnboardingLinks(), account: other).data.isEmpty)
      let mine = try await harness.call(SenderRegistryAPI.ListOnboardingLinks(senderID: sender.id))
      #expect(mine.data.map(\.id) == [link.id] && mine.data.first?.url == nil)
    }
  }

  @Test func `a repeated request with its key makes one link, and what is wrong is named`() async throws {
    try await run { harness, sender in
      let call = SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id, expiresInHours: 5, note: "for Ann")
      let first = try await harness.call(call, key: "once")
      let again = try await harness.call(call, key: "once")
      #expect(first == again && first.url != nil)
      #expect(try await harness.call(SenderRegistryAPI.ListOnboardingLinks()).data.count == 1)
      for (hours, note, reason) in [
        (0, "x", "EXPIRES_OUT_OF_RANGE"), (721, "x", "EXPIRES_OUT_OF_RANGE"),
        (1, String(repeating: "n", count: 201), "NOTE_TOO_LONG"),
      ] {
        let failure = await #expect(throws: CallFailure.self) {
          try await harness.call(
            SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id, expiresInHours: hours, note: note))
        }
        #expect(failure?.reason == reason)
      }
      for _ in 1..<OnboardingLinkHandlers.activePerSender {
        _ = try await harness.call(SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id))
      }
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id))
      }
      #expect(failure?.reason == "TOO_MANY_LINKS")
    }
  }

  @Test func `links need to know where people reach the service`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id))
      }
      #expect(failure?.reason == "SIGNUP_NOT_CONFIGURED" && failure?.message.contains("PUBLIC_URL") == true)
    }
  }
}
