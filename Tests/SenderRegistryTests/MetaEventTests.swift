import Contracts
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// What Meta tells by itself: each event once, in any order, and the reading is the truth.
@Suite struct MetaEventTests {
  private static let ban = #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}}"#
  private static let reinstate = #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"REINSTATE"}}"#

  @Test func `a ban suspends at once and the reading that follows confirms it`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.status = "BANNED" }
      let event = SenderRegistryHarness.event("account_update", Self.ban)
      #expect(try await harness.tell(event) == [.stored])
      #expect(try await harness.get(sender.id).reasons.map(\.code) == ["ACCOUNT_BANNED"])
      let read = try await harness.sender(sender.id, "read") { $0.reasons.map(\.code) == ["NUMBER_BANNED"] }
      #expect(read.status == .suspended)
      #expect(try await harness.events("account.ban").map(\.severity) == [.critical])
      // Twice is once.
      #expect(try await harness.tell(event, event) == [.known, .known])
      #expect(try await harness.events("account.ban").count == 1)
    }
  }

  @Test func `a ban and its end in the wrong order leave the sender as Meta says it is`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      try await harness.tell(
        SenderRegistryHarness.event("account_update", Self.reinstate),
        SenderRegistryHarness.event("account_update", Self.ban))
      #expect(try await harness.get(sender.id).status == .suspended)
      #expect(try await harness.sender(sender.id, reaches: .online).reasons.isEmpty)
    }
  }

  @Test(arguments: [Int64.min, -1, Int64.max])
  func `a restriction whose end is no date is taken as it is`(end: Int64) async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let value =
        #"{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_ADD_PHONE_NUMBER_ACTION","#
        + #""expiration":\#(end)}]}"#
      #expect(try await harness.tell(SenderRegistryHarness.event("account_update", value)) == [.stored])
      #expect(try await harness.get(sender.id).status == .online)
    }
  }

  @Test func `an event that only hints has Meta asked soon`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.quality = "RED" }
      let value = #"{"display_phone_number":"14155550123","event":"FLAGGED"}"#
      try await harness.tell(SenderRegistryHarness.event("phone_number_quality_update", value))
      _ = try await harness.sender(sender.id, "rated RED") { $0.qualityRating == "RED" }
      #expect(try await harness.events("sender.quality_event").map(\.senderID) == [sender.id])
      #expect(try await harness.events("sender.quality_changed").first?.severity == .warning)
    }
  }

  @Test func `a lost connection takes the sender offline, a token that still works brings it back`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let value = #"{"event":"PARTNER_REMOVED","disconnection_info":{"reason":"PRIMARY_INACTIVITY"}}"#
      try await harness.tell(SenderRegistryHarness.event("account_update", value))
      let lost = try await harness.get(sender.id)
      #expect(lost.status == .offline && lost.reasons.map(\.code) == ["DISCONNECTED_AT_META"])
      #expect(lost.reasons.first?.message.contains("PRIMARY_INACTIVITY") == true)
      _ = try await harness.sender(sender.id, reaches: .online)
    }
  }

  @Test func `restrictions and scheduled bans are warnings that stay through readings until they end`() async throws {
    try await SenderRegistryHarness.run(settings: ["REFRESH_PAUSE": "0s", "PENDING_WARN_AFTER": "200ms"]) { harness in
      let sender = try await harness.onlineSender()
      let value =
        #"{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_UTILITY_TEMPLATES"}]}"#
      try await harness.tell(SenderRegistryHarness.event("account_update", value))
      #expect(try await harness.refresh(sender.id).warnings.map(\.code) == ["RESTRICTED_UTILITY_TEMPLATES"])
      #expect(try await harness.get(sender.id).status == .online)
      try await harness.tell(
        SenderRegistryHarness.event(
          "account_update", #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"SCHEDULE_FOR_DISABLE"}}"#))
      #expect(try await harness.refresh(sender.id).warnings.count == 2)
      try await harness.tell(SenderRegistryHarness.event("account_update", Self.reinstate))
      #expect(try await harness.get(sender.id).warnings.map(\.code) == ["RESTRICTED_UTILITY_TEMPLATES"])
      try await harness.database.write { try $0.execute("UPDATE sender_notices SET until = 5") }
      _ = try await harness.sender(sender.id, "without warnings") { $0.warnings.isEmpty }
    }
  }

  @Test func `the portfolio's limit reaches every number of it, also of another account in the same WABA`() async throws
  {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let (other, _) = try await harness.makeAccount("other")
      let same = try await harness.plant(
        "+14155550190", account: try await harness.account, waba: "2000", portfolio: "77")
      let neighbour = try await harness.plant("+14155550191", account: other, waba: "1029", portfolio: nil)
      // A portfolio is only claimed: another account's claim counts for nothing.
      let claimer = try await harness.plant("+14155550192", account: other, waba: "3000", portfolio: "77")
      try await harness.tell(
        SenderRegistryHarness.event("business_capability_update", #"{"max_daily_conversations_per_business":10000}"#))
      func limit(_ id: SenderID) async throws -> [String] {
        try await harness.text("SELECT messaging_limit FROM senders WHERE id = '\(id.text)'")
      }
      #expect(try await limit(sender.id) == ["TIER_10K"])
      #expect(try await limit(same) == ["TIER_10K"])
      #expect(try await limit(neighbour) == ["TIER_10K"])
      #expect(try await limit(claimer) == ["NULL"])
      #expect(
        try await harness.text("SELECT DISTINCT source FROM sender_readings WHERE after = 'TIER_10K'") == ["webhook"])
    }
  }

  @Test func `events concern only the account that Meta names, and strangers are counted`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let (other, _) = try await harness.makeAccount("other")
      // Somebody who only says that the number is his.
      let liar = try await harness.call(
        SenderRegistryAPI.CreateSender(phoneNumber: sender.phoneNumber, displayName: "Liar"), account: other)
      let pin = #"{"display_phone_number":"14155550123","event":"PIN_CHANGED"}"#
      let outcomes = try await harness.tell(
        SenderRegistryHarness.event("account_update", Self.ban, waba: "404"),
        SenderRegistryHarness.event("security", pin), SenderRegistryHarness.event("security", "{}"),
        SenderRegistryHarness.event("security", pin, waba: "not digits"),
        SenderRegistryHarness.event("security", String(repeating: " ", count: 70_000)))
      #expect(outcomes == [.stored, .stored, .stored, .refused, .refused])
      #expect(try await harness.get(sender.id).status == .online)
      #expect(try await harness.events("sender.security").map(\.senderID) == [sender.id])
      let theirs = try await harness.call(SenderRegistryAPI.ListEvents(), account: other).data
      #expect(theirs.allSatisfy { $0.kind != "sender.security" })
      #expect(try await harness.call(SenderRegistryAPI.GetSender(id: liar.id), account: other).status == .pending)
      #expect(
        try await harness.text("SELECT outcome FROM meta_events ORDER BY sequence") == [
          "nobody", "applied", "unreadable",
        ])
    }
  }

  @Test func `name decisions are told with Meta's reason`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      try await harness.tell(
        SenderRegistryHarness.event(
          "phone_number_name_update",
          #"{"display_phone_number":"14155550123","decision":"REJECTED","requested_verified_name":"X1","rejection_reason":"NAME_FORMAT_UNACCEPTABLE"}"#
        ))
      let event = try #require(try await harness.events("sender.name_decision").first)
      #expect(event.senderID == sender.id && event.severity == .warning)
      #expect(event.message.contains("NAME_FORMAT_UNACCEPTABLE"))
    }
  }

  @Test func `too many events, or none, are refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      for count in [0, 257] {
        let events = (0..<count).map { _ in SenderRegistryHarness.event("security", "{}") }
        let failure = await #expect(throws: CallFailure.self) {
          try await harness.call(SenderRegistryAPI.RecordMetaEvents(events: events), from: .messagingRouter)
        }
        #expect(failure?.reason == "EVENTS_OUT_OF_RANGE")
      }
    }
  }
}

extension SenderRegistryHarness {
  /// A connected sender that no onboarding made.
  fileprivate func plant(
    _ number: String, account: AccountID, waba: String, portfolio: String?
  ) async throws -> SenderID {
    let sender = try await call(
      SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(parsing: number), displayName: "Shop"), account: account)
    try await database.write { connection in
      guard var row = try connection.sender(sender.id) else { return }
      row.wabaID = waba
      row.businessID = portfolio
      row.phoneNumberID = String(number.dropFirst())
      row.condition = SenderCondition(.online)
      try connection.update(row, now: 1)
    }
    return sender.id
  }
}
