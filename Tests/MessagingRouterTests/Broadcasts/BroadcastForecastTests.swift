import Contracts
import Store
import Testing

@testable import MessagingRouter

/// What is foretold of known people under known limits, beside a day that is played through person by person.
@Suite struct BroadcastForecastTests {
  private static let day = PortfolioLimit.day
  private static let now = 100 * day

  /// Who is who among the recipients of a broadcast, and outside of it.
  struct People: Sendable, CustomTestStringConvertible {
    var recipients: Int
    /// Recipients who have written within the day.
    var inside = 0
    /// Recipients who were written to within the day, and longer ago.
    var today = 0
    var earlier = 0
    /// Others of the portfolio who were written to within the day.
    var others = 0
    var testDescription: String {
      "\(recipients) recipients, \(inside) inside, \(today) today, \(earlier) earlier, \(others) others"
    }
  }

  private static let cases: [(people: People, tier: String?, limit: Int?)] = [
    (People(recipients: 600, inside: 40, today: 30, earlier: 10, others: 20), "TIER_250", 250),
    (People(recipients: 600, inside: 40, today: 30, earlier: 10, others: 20), nil, 250),
    (People(recipients: 600, inside: 40, today: 30, earlier: 10, others: 20), "TIER_2K", 2_000),
    (People(recipients: 600, inside: 40, today: 30, earlier: 10, others: 20), "TIER_UNLIMITED", nil),
    (People(recipients: 250), "TIER_250", 250), (People(recipients: 251), "TIER_250", 250),
    (People(recipients: 100, inside: 100), "TIER_250", 250), (People(recipients: 100, today: 100), "TIER_250", 250),
    (People(recipients: 60, others: 200), "TIER_250", 250), (People(recipients: 700, others: 250), "TIER_250", 250),
    // Meta lowered the limit today.
    (People(recipients: 20, today: 0, others: 300), "TIER_250", 250),
    (People(recipients: 2_500, inside: 100, others: 1_900), "TIER_2K", 2_000),
  ]

  @Test(arguments: cases) func `the end is that of the day played through person by person`(
    _ people: People, _ tier: String?, _ limit: Int?
  ) async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await Self.plant(people, tier: tier, store)
    let forecast = try await Self.forecast(id, store)
    let counting = people.recipients - people.inside - people.today
    #expect(forecast.remaining == people.recipients)
    #expect(forecast.countingRecipients == counting)
    #expect(forecast.limit == limit && forecast.isLimitAssumed == (tier == nil))
    #expect(forecast.usedWithinDay == people.today + people.others)
    #expect(forecast.messagesPerSecond == 80 && !forecast.isEstimate)
    let end = max(
      Self.lastPlayed(counting, limit: limit, people), Self.now + Int64(people.recipients) * 1_000 / 80)
    #expect(forecast.endsAt?.milliseconds == end)
    #expect(forecast.days == Int((end - Self.now) / Self.day) + 1)
    if forecast.days > 1 {
      #expect(forecast.summary == "\(forecast.days) days at your limit of \(limit ?? 0) people a day")
    }
  }

  /// When the last of `need` people is written to: each takes the place that is free first, for a day.
  private static func lastPlayed(_ need: Int, limit: Int?, _ people: People) -> Int64 {
    guard let limit else { return now }
    let taken = (0..<(people.today + people.others)).map { takenAt($0) + day }.sorted()
    // Where more are taken than may be, the first that come back are nobody's.
    var places =
      Array(repeating: now, count: max(limit - taken.count, 0)) + taken.dropFirst(max(taken.count - limit, 0))
    var last = now
    for _ in 0..<need {
      guard
        let (index, free) = places.enumerated().min(by: { $0.element < $1.element }).map({ ($0.offset, $0.element) })
      else { return last }
      last = max(free, now)
      places[index] = last + day
    }
    return last
  }

  /// When the people of today were written to: over the day, no two at the same moment.
  private static func takenAt(_ index: Int) -> Int64 { now - day + 30_000 * Int64(index + 1) }

  @Test func `what is queued already counts only while it waits for a place`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await Self.plant(People(recipients: 600, inside: 40, today: 30), tier: "TIER_250", store)
    try await store.step(id) { try BroadcastSteps.start(&$0, actor: nil, at: Self.now, $1) }
    let before = try await Self.forecast(id, store)
    // The first hundred: those inside, those of today, and thirty others.
    try await store.run(id, room: 100, at: Self.now)
    #expect(try await store.view(id).counts == BroadcastCounts(pending: 500, queued: 100))
    let queued = try await Self.forecast(id, store)
    #expect(queued == before && queued.countingRecipients == 530)
    try await store.set(.sent)
    let sent = try await Self.forecast(id, store)
    #expect(sent.remaining == 500 && sent.countingRecipients == 500)
  }

  @Test func `nobody who waits is nothing to foretell`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await Self.plant(People(recipients: 3), tier: "TIER_250", store)
    try await store.step(id) { try BroadcastSteps.cancel(&$0, actor: nil, at: Self.now, $1) }
    let forecast = try await Self.forecast(id, store)
    #expect(forecast.remaining == 0 && forecast.countingRecipients == 0 && forecast.days == 0)
    #expect(forecast.endsAt == nil && forecast.summary == "Nobody waits.")
  }

  @Test func `a broadcast for later is foretold from its time on`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await Self.plant(People(recipients: 251), tier: "TIER_250", store)
    let start = Self.now + 3 * Self.day
    try await store.write("UPDATE broadcasts SET start_at = \(start)")
    let forecast = try await Self.forecast(id, store)
    #expect(forecast.endsAt?.milliseconds == start + Self.day && forecast.days == 2)
  }

  @Test func `people named by their contact are known by what the contact turned out to be`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await Self.plant(People(recipients: 3, inside: 1), tier: "TIER_250", store)
    // The one inside has two contacts that became one, and is named by the older.
    try await store.write(
      """
      INSERT INTO contacts (id, account_id, portfolio_id, created_at, updated_at, merged_into)
      SELECT 'con_old', account_id, portfolio_id, 0, 0, id FROM contacts LIMIT 1
      """)
    try await store.write(
      "UPDATE broadcast_recipients SET recipient = 'con_old' WHERE recipient = '\(BroadcastStore.number(0))'")
    #expect(try await Self.forecast(id, store).countingRecipients == 2)
  }

  @Test func `one account's contacts and places are not another's`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await Self.plant(People(recipients: 4, inside: 2, today: 2, others: 3), tier: "TIER_250", store)
    try await store.write("UPDATE contacts SET account_id = 'acc_other'")
    try await store.write("UPDATE portfolio_slots SET portfolio = 'acc_other:portfolio-1'")
    try await store.write("UPDATE portfolio_usage SET portfolio = 'acc_other:portfolio-1'")
    let forecast = try await Self.forecast(id, store)
    #expect(forecast.countingRecipients == 4 && forecast.usedWithinDay == 0)
  }

  @Test func `of very many the first tell for the rest`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.draft(0)
    let all = 2 * BroadcastForecasting.sample
    try await store.write(
      """
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \(all))
      INSERT INTO broadcast_recipients (broadcast, account_id, recipient, upload)
      SELECT 1, '\(BroadcastStore.account)', '+49151' || (1000000 + i), 1 FROM n
      """)
    try await store.database.write { try BroadcastTally.add(all, "pending", of: id, $0) }
    // Every fourth of those who are looked at, and none of the others.
    try await store.write(
      """
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 4 FROM n WHERE i + 4 < \(BroadcastForecasting.sample))
      INSERT INTO contacts (id, account_id, portfolio_id, phone_number, created_at, updated_at)
      SELECT 'con_' || i, '\(BroadcastStore.account)', 'portfolio-1', '+49151' || (1000000 + i), 0, 0 FROM n
      """)
    try await store.write(
      """
      INSERT INTO conversations (id, account_id, sender_id, contact_id, window_expires_at, last_message_at, created_at)
      SELECT 'cnv' || id, account_id, '\(BroadcastStore.sender.text)', id, \(Self.now + 1), 0, 0 FROM contacts
      """)
    let forecast = try await Self.forecast(id, store)
    #expect(forecast.isEstimate && forecast.remaining == all)
    #expect(forecast.countingRecipients == all / 4 * 3)
  }

  // MARK: Known data

  private static func forecast(_ id: BroadcastID, _ store: BroadcastStore) async throws -> BroadcastForecast {
    try await store.database.read { connection in
      let row = try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
      return try BroadcastForecasting.forecast(row, at: now, connection)
    }
  }

  /// A draft with these people: those inside first, then those of today, then those of earlier days.
  private static func plant(_ people: People, tier: String?, _ store: BroadcastStore) async throws -> BroadcastID {
    let id = try await store.draft(people.recipients)
    try await store.database.write { connection in
      try connection.execute("UPDATE replica_senders SET messaging_limit = ?", tier)
      let sender = try #require(
        try SenderRow.find(id: BroadcastStore.sender, account: BroadcastStore.account, connection))
      func contact(_ number: String) throws -> String {
        try ContactRow.forSending(phoneNumber: number, sender: sender, at: 1, connection)
      }
      func take(_ contact: String, at moment: Int64) throws {
        try connection.execute(
          "INSERT INTO portfolio_slots (contact_id, portfolio, reserved_at, message_id) VALUES (?, ?, ?, 'msg_x')",
          contact, "\(BroadcastStore.account):portfolio-1", moment)
      }
      for index in 0..<people.inside {
        _ = try ConversationRow.received(
          contact: try contact(BroadcastStore.number(index)), sender: sender, sentAt: now - 1_000, at: now, connection)
      }
      for index in 0..<people.today {
        try take(try contact(BroadcastStore.number(people.inside + index)), at: takenAt(index))
      }
      for index in 0..<people.earlier {
        let contact = try contact(BroadcastStore.number(people.inside + people.today + index))
        try take(contact, at: now - day - Int64(index))
        // And has a conversation whose window is over.
        _ = try ConversationRow.received(
          contact: contact, sender: sender, sentAt: now - 2 * day, at: now, connection)
      }
      for index in 0..<people.others { try take("con_other\(index)", at: takenAt(people.today + index)) }
    }
    return id
  }
}
