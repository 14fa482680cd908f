import Contracts
import Crypto
import JSON
import SenderRegistryHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// `Idempotency-Key` on every POST of the registry, and what an earlier version kept.
@Suite struct IdempotencyTests {
  private static func answer<C: Call>(_ call: C, _ key: String, _ harness: SenderRegistryHarness) async throws
    -> [UInt8]
  {
    try JSONCoder.encode(try await harness.call(call, key: key))
  }

  @Test func `every POST gives the same answer to the same key and has one effect`() async throws {
    let carrier = try await ScriptedCarrier()
    carrier.hold("+14155551110")
    let settings = carrier.settings.merging(OnboardingLinkTests.settings) { $1 }
    try await SenderRegistryHarness.run(settings: settings) { harness in
      let sender = try await harness.createSender("+14155550199")
      let bought = try await harness.buy("+14155551100")
      _ = try await harness.number(bought.id, reaches: .active)
      let (account, _) = try await harness.makeAccount("tenant")
      let profiled = try await harness.profiledSender()
      let connected = try await harness.plantConnected("+14155550188", numberID: "2065")
      let stories: [IdempotencyCheck.Story] = [
        .init(
          SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(trusted: "+14155550125"), displayName: "Shop"),
          other: SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(trusted: "+14155550124"), displayName: "Shop")),
        .init(
          SenderRegistryAPI.ConnectSender(
            id: sender.id, code: "AQB-1", wabaID: "1029", phoneNumberID: "1065", businessID: nil),
          other: SenderRegistryAPI.ConnectSender(
            id: sender.id, code: "AQB-2", wabaID: "1029", phoneNumberID: "1065", businessID: nil)),
        .init(
          SenderRegistryAPI.CreateAccount(name: "Agency"), other: SenderRegistryAPI.CreateAccount(name: "Agency 2")),
        .init(
          SenderRegistryAPI.CreateAccountKey(id: account, name: "First", role: .admin),
          other: SenderRegistryAPI.CreateAccountKey(id: account, name: "Second", role: .admin)),
        .init(
          SenderRegistryAPI.CreateKey(name: "Shop", role: .operator),
          other: SenderRegistryAPI.CreateKey(name: "Shop", role: .viewer)),
        .init(
          SenderRegistryAPI.AddNumber(phoneNumber: PhoneNumber(trusted: "+14155551101"), kind: nil, nickname: nil),
          other: SenderRegistryAPI.AddNumber(
            phoneNumber: PhoneNumber(trusted: "+14155551102"), kind: nil, nickname: nil)),
        .init(
          SenderRegistryAPI.BuyNumber(phoneNumber: PhoneNumber(trusted: "+14155551103"), nickname: nil),
          other: SenderRegistryAPI.BuyNumber(phoneNumber: PhoneNumber(trusted: "+14155551104"), nickname: nil)),
        .init(
          SenderRegistryAPI.ReleaseNumber(id: bought.id),
          other: SenderRegistryAPI.ReleaseNumber(id: NumberID(trusted: "num_01JD0000000000000000000000"))),
        .init(
          SenderRegistryAPI.ImportNumbers(phoneNumber: PhoneNumber(trusted: "+14155551110")),
          other: SenderRegistryAPI.ImportNumbers(phoneNumber: nil)),
        .init(
          SenderRegistryAPI.SyncProfile(id: profiled), other: SenderRegistryAPI.SyncProfile(id: profiled, adopt: true)),
        .init(SenderRegistryAPI.DisableSender(id: connected), other: SenderRegistryAPI.DisableSender(id: sender.id)),
        .init(SenderRegistryAPI.EnableSender(id: connected), other: SenderRegistryAPI.EnableSender(id: sender.id)),
        .init(SenderRegistryAPI.RefreshSender(id: connected), other: SenderRegistryAPI.RefreshSender(id: sender.id)),
        .init(
          SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .cancel),
          other: SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .error)),
        .init(
          SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id),
          other: SenderRegistryAPI.CreateOnboardingLink(senderID: sender.id, note: "other")),
      ]
      let uncovered = IdempotencyCheck.uncovered(SenderRegistryAPI.calls, by: stories)
      #expect(uncovered.isEmpty, "add a story for each: \(uncovered)")
      let check = IdempotencyCheck(try harness.database) { try await Self.answer($0, $1, harness) }
      for story in stories {
        let problems = try await check.problems(with: story)
        #expect(problems.isEmpty)
      }
    }
    await carrier.stop()
  }

  @Test func `a call that ignores the key is found out`() async throws {
    try await SenderRegistryHarness.run { harness in
      // A key that never reaches the owner, as in a handler that forgets it.
      let careless = IdempotencyCheck(try harness.database) { call, _ in
        try await Self.ignoring(call, harness)
      }
      let keys = IdempotencyCheck.Story(
        SenderRegistryAPI.CreateKey(name: "A", role: .viewer),
        other: SenderRegistryAPI.CreateKey(name: "B", role: .viewer))
      #expect(try await careless.problems(with: keys).count == 3)
    }
  }

  private static func ignoring<C: Call>(_ call: C, _ harness: SenderRegistryHarness) async throws -> [UInt8] {
    try JSONCoder.encode(try await harness.call(call))
  }

  @Test func `a repeat over HTTP shows the key again that is shown once`() async throws {
    try await SenderRegistryHarness.run { harness in
      let headers = [("Idempotency-Key", "k-1")]
      let body = #"{"name":"Till","role":"operator"}"#
      let first = try await harness.request("POST", "/v1/keys", body: body, headers: headers)
      let again = try await harness.request("POST", "/v1/keys", body: body, headers: headers)
      #expect(first.status == 201 && first.json["key"]?.string?.hasPrefix("wsk_") == true)
      #expect(again.status == 201 && again.json == first.json)
      let other = try await harness.request(
        "POST", "/v1/keys", body: #"{"name":"Till","role":"viewer"}"#, headers: headers)
      #expect(other.status == 409 && other.json["code"]?.string == "IDEMPOTENCY_KEY_REUSED")
      // On disk it is sealed.
      let text = try #require(first.json["key"]?.string)
      let kept = try await harness.database.read {
        try $0.all("SELECT answer FROM saved_answers") { try $0.text(0) }
      }
      #expect(kept.count == 1 && kept.allSatisfy { !$0.contains(text) && $0.hasPrefix("v1.") })
    }
  }

  @Test func `answers of an earlier version are moved at the start and sealed`() async throws {
    let harness = try await SenderRegistryHarness()
    let call = SenderRegistryAPI.CreateSender(
      phoneNumber: PhoneNumber(trusted: SenderRegistryHarness.number), displayName: "Shop")
    let account = try await harness.account
    let sender = try await harness.createSender()
    let (hash, answer) = (SHA256.hash(try JSONCoder.encode(call)), try JSONCoder.encode(sender))
    let now = WallClock.system.now
    try await harness.database.write { connection in
      for (key, at) in [("fresh", now - 1_000), ("old", now - 25 * 3_600_000)] {
        try connection.execute(
          """
          INSERT INTO idempotency (account_id, operation, key, body_hash, answer, created_at) VALUES (?, ?, ?, ?, ?, ?)
          """, account.text, SenderRegistryAPI.CreateSender.method, key, hash, answer, at)
      }
    }
    await harness.stop(withGraph: false)
    let next = try await SenderRegistryHarness(
      files: harness.files, graph: harness.graph, adminKey: harness.adminKey)
    #expect(try await next.call(call, key: "fresh") == sender)
    // One that was kept for more than a day is done anew, and here the number is taken.
    let failure = await #expect(throws: CallFailure.self) { try await next.call(call, key: "old") }
    #expect(failure?.reason == "PHONE_NUMBER_IN_USE")
    let left = try await next.database.read { try $0.first("SELECT count(*) FROM idempotency") { try $0.int(0) } }
    #expect(left == 0)
    await next.stop()
  }
}
