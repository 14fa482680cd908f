import Contracts
import Crypto
import JSON
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// What the router found out by itself: told to the account whose number it is, once, and not behind later news.
@Suite struct RouterNewsTests {
  private static let moment: Int64 = 1_795_000_000_000

  private func event(
    _ field: String, _ news: some Encodable, waba: String = "1029", at moment: Int64 = RouterNewsTests.moment
  ) throws -> SenderRegistryAPI.RecordMetaEvents.Event {
    SenderRegistryAPI.RecordMetaEvents.Event(
      eventID: EventID(trusted: "evt_" + ULID.make(milliseconds: moment)), wabaID: waba, field: field,
      value: String(decoding: try JSONCoder.encode(news), as: UTF8.self), receivedAt: Timestamp(milliseconds: moment))
  }

  private func usage(
    _ used: Int, of limit: Int = 250, told: Int = 0, number: String = "1065", waba: String = "1029",
    at moment: Int64 = RouterNewsTests.moment
  ) throws -> SenderRegistryAPI.RecordMetaEvents.Event {
    try event(
      RouterNews.PortfolioUsage.field,
      RouterNews.PortfolioUsage(phoneNumberID: number, used: used, limit: limit, told: told), waba: waba, at: moment)
  }

  private func stop(
    _ code: String = "PAYMENT_PROBLEM", onlyBroadcasts: Bool = false, number: String = "1065", waba: String = "1029"
  ) throws -> SenderRegistryAPI.RecordMetaEvents.Event {
    try event(
      RouterNews.SendingStopped.field,
      RouterNews.SendingStopped(
        phoneNumberID: number, code: code, message: "No payment method.", nextStep: "Add one in WhatsApp Manager.",
        onlyBroadcasts: onlyBroadcasts), waba: waba)
  }

  /// A connected number of another account in the same WABA.
  private func neighbour(_ harness: SenderRegistryHarness) async throws -> (AccountID, Sender) {
    let (other, _) = try await harness.makeAccount("other")
    let sender = try await harness.call(
      SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(parsing: "+14155550191"), displayName: "Shop"),
      account: other)
    try await harness.database.write { connection in
      guard var row = try connection.sender(sender.id) else { return }
      row.wabaID = "1029"
      row.phoneNumberID = "1099"
      row.condition = SenderCondition(.online)
      try connection.update(row, now: 1)
    }
    return (other, sender)
  }

  private func theirs(_ account: AccountID, _ kind: String, _ harness: SenderRegistryHarness) async throws
    -> [AccountEvent]
  {
    try await harness.call(SenderRegistryAPI.ListEvents(kind: kind, limit: 100), account: account).data
  }

  @Test func `a portfolio that nears its limit and reaches it is told in two steps, each once`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let first = try usage(200)
      #expect(try await harness.tell(first) == [.stored])
      #expect(try await harness.tell(first, first) == [.known, .known])
      #expect(try await harness.tell(usage(250, told: 80, at: Self.moment + 1)) == [.stored])
      let told = try await harness.events("portfolio.limit_near")
      #expect(told.map(\.severity) == [.warning, .critical])
      #expect(told.map(\.before) == ["250", "250"] && told.map(\.after) == ["200", "250"])
      #expect(told.allSatisfy { $0.senderID == sender.id })
      // It says nothing of the number's own state.
      #expect(try await harness.get(sender.id).status == .online)
    }
  }

  @Test func `a step that comes behind a later one is stored and not told`() async throws {
    try await SenderRegistryHarness.run { harness in
      _ = try await harness.onlineSender()
      try await harness.tell(usage(250, told: 80, at: Self.moment + 60_000))
      #expect(try await harness.tell(usage(200, at: Self.moment)) == [.stored])
      #expect(try await harness.events("portfolio.limit_near").map(\.after) == ["250"])
      // The next day begins anew.
      try await harness.tell(usage(201, at: Self.moment + 86_400_000))
      #expect(try await harness.events("portfolio.limit_near").map(\.after) == ["250", "201"])
      #expect(
        try await harness.text("SELECT outcome FROM meta_events ORDER BY sequence") == ["applied", "nobody", "applied"])
    }
  }

  @Test func `news of one account are nobody else's, in the same WABA too`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let (other, theirSender) = try await neighbour(harness)
      try await harness.tell(usage(250, at: Self.moment + 60_000), stop())
      #expect(try await harness.events("portfolio.limit_near").map(\.senderID) == [sender.id])
      #expect(try await harness.events("sender.sending_stopped").map(\.senderID) == [sender.id])
      for kind in ["portfolio.limit_near", "sender.sending_stopped"] {
        #expect(try await theirs(other, kind, harness).isEmpty)
      }
      // Earlier news of theirs are not overtaken by ours.
      try await harness.tell(usage(1_999, of: 2_000, number: "1099"))
      #expect(try await theirs(other, "portfolio.limit_near", harness).map(\.senderID) == [theirSender.id])
      #expect(try await harness.events("portfolio.limit_near").count == 1)
    }
  }

  @Test func `a number that is stopped is told with what to do, once, and Meta is asked`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let reads = harness.graph.count("GET /1065")
      let news = try stop()
      #expect(try await harness.tell(news) == [.stored])
      #expect(try await harness.tell(news) == [.known])
      let told = try await harness.events("sender.sending_stopped")
      #expect(told.map(\.severity) == [.critical] && told.map(\.after) == ["PAYMENT_PROBLEM"])
      #expect(told.first?.message == "What the number sends waits: No payment method. Add one in WhatsApp Manager.")
      #expect(told.first?.senderID == sender.id)
      try await eventually("Meta is asked") { harness.graph.count("GET /1065") > reads }
      try await harness.tell(stop("SPAM_LIMIT", onlyBroadcasts: true))
      let second = try #require(try await harness.events("sender.sending_stopped").last)
      #expect(second.severity == .warning && second.message.hasPrefix("Broadcasts of the number wait"))
    }
  }

  @Test
  func `news of a number that is not in the WABA, or was deleted, reach nobody, and unreadable ones harm nothing`()
    async throws
  {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let fields = [RouterNews.PortfolioUsage.field, RouterNews.SendingStopped.field]
      let broken = fields.map { SenderRegistryHarness.event($0, "{not json") }
      #expect(try await harness.tell(broken[0], broken[1]) == [.stored, .stored])
      #expect(
        try await harness.tell(
          usage(250, number: "404"), stop(number: "404"), stop(waba: "2000"), usage(250, waba: "2000"))
          == [.stored, .stored, .stored, .stored])
      _ = try await harness.call(SenderRegistryAPI.DeleteSender(id: sender.id))
      try await harness.tell(usage(250, at: Self.moment + 1), stop())
      for kind in ["portfolio.limit_near", "sender.sending_stopped"] {
        #expect(try await harness.events(kind).isEmpty)
      }
      #expect(
        try await harness.text("SELECT outcome || ' ' || count(*) FROM meta_events GROUP BY outcome ORDER BY outcome")
          == ["nobody 6", "unreadable 2"])
    }
  }
}
