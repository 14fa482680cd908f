import Contracts
import Crypto
import Foundation
import GraphAPI
import SenderRegistryHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// Asking Meta: what one answer changes, and what one failure does not.
@Suite struct NumberReadingTests {
  /// Readings by hand as often as a test likes, and none by themselves.
  private static let byHand = ["REFRESH_PAUSE": "0s"]
  /// The poller at work, everything within milliseconds.
  private static let fast = ["REFRESH_PAUSE": "0s", "POLL_INTERVAL": "20ms", "TOKEN_CONFIRM": "60ms"]

  @Test func `a reading brings state, quality, limit and throughput, and tells each change once`() async throws {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { world in
        world.quality = "YELLOW"
        world.limit = "TIER_2K"
        world.throughput = "HIGH"
      }
      let read = try await harness.refresh(sender.id)
      #expect(read.status == .online && read.qualityRating == "YELLOW" && read.messagingLimit == "TIER_2K")
      #expect(read.throughput == 1_000 && read.version > sender.version)
      let readings = try await harness.call(SenderRegistryAPI.ListSenderReadings(id: sender.id)).data
      #expect(
        readings.filter { $0.source == "poll" }.map { "\($0.field) \($0.before ?? "-") \($0.after)" }.sorted() == [
          "messaging_limit TIER_250 TIER_2K", "quality_rating GREEN YELLOW", "throughput 80 1000",
        ])
      #expect(readings.contains { $0.source == "signup" && $0.before == nil && $0.after == "GREEN" })
      #expect(try await harness.events("sender.quality_changed").map(\.severity) == [.warning])
      #expect(try await harness.events("sender.limit_changed").map(\.after) == ["TIER_2K"])

      // The same again changes nothing but the time of the reading.
      let again = try await harness.refresh(sender.id)
      #expect(again.version == read.version)
      #expect(try await harness.events("sender.quality_changed").count == 1)
      let quality = try await harness.call(SenderRegistryAPI.GetSenderQuality(id: sender.id))
      #expect(quality.rating == "YELLOW" && quality.messagingLimit?.recipientsPer24h == 2_000)
      #expect(quality.messagingLimit?.nextTier?.tier == "TIER_10K" && quality.updatedAt == again.stateReadAt)
    }
  }

  @Test func `a value that Meta leaves out stays as it was`() async throws {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.order("GET /1065", .body(#"{"id":"1065","status":"CONNECTED","quality_rating":null}"#))
      let read = try await harness.refresh(sender.id)
      #expect(read.qualityRating == "GREEN" && read.messagingLimit == "TIER_250" && read.throughput == 80)
    }
  }

  @Test(arguments: [
    ("BANNED", SenderStatus.suspended, "NUMBER_BANNED"), ("RESTRICTED", .suspended, "NUMBER_RESTRICTED"),
    ("DISCONNECTED", .offline, "NUMBER_DISCONNECTED"), ("A_NEW_WORD", .offline, "NUMBER_STATE_UNKNOWN"),
  ])
  func `Meta's state becomes the sender's, with history and event, and back`(
    state: String, status: SenderStatus, code: String
  ) async throws {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.status = state }
      let read = try await harness.refresh(sender.id)
      #expect(read.status == status && read.reasons.map(\.code) == [code])
      harness.graph.change { $0.status = "CONNECTED" }
      #expect(try await harness.refresh(sender.id).status == .online)
      #expect(
        try await harness.history(sender.id).suffix(2) == ["number_read:\(status.rawValue)", "number_read:online"])
      let events = try await harness.events("sender.status_changed").suffix(2)
      #expect(events.map(\.after) == [status.rawValue, "online"])
      #expect(events.first?.severity == (status == .suspended ? .critical : .warning))
    }
  }

  @Test func `limited health is a warning, blocked health takes the sender down, and both pass`() async throws {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      func health(_ verdict: String) -> String {
        #"""
        {"can_send_message":"\#(verdict)","entities":[{"entity_type":"WABA","id":"1029","can_send_message":"\#(verdict)",
        "errors":[{"error_code":141006,"error_description":"no payment","possible_solution":"pay"}]}]}
        """#
      }
      harness.graph.change { $0.health = health("LIMITED") }
      let limited = try await harness.refresh(sender.id)
      #expect(limited.status == .online && limited.warnings.map(\.code) == ["MESSAGING_LIMITED"])
      #expect(limited.warnings.first?.nextStep == "pay")
      _ = try await harness.refresh(sender.id)
      #expect(try await harness.events("sender.warning").count == 1)
      harness.graph.change { $0.health = health("BLOCKED") }
      let blocked = try await harness.refresh(sender.id)
      #expect(blocked.status == .suspended && blocked.reasons.map(\.code) == ["MESSAGING_BLOCKED"])
      #expect(blocked.reasons.first?.message.contains("no payment") == true && blocked.warnings.isEmpty)
      harness.graph.change { $0.health = "" }
      let well = try await harness.refresh(sender.id)
      #expect(well.status == .online && well.warnings.isEmpty)
    }
  }

  @Test func `one failed reading, or many of a Meta that is down, never take a sender down`() async throws {
    try await SenderRegistryHarness.run(settings: Self.fast) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.refusal = 2 }
      try await harness.refresh(sender.id)
      let warned = try await harness.sender(sender.id, "warned") { !$0.warnings.isEmpty }
      #expect(warned.status == .online && warned.warnings.map(\.code) == ["META_UNREACHABLE"])
      #expect(harness.graph.count("GET /1065") >= 3)
      harness.graph.change { $0.refusal = nil }
      let well = try await harness.sender(sender.id, "well") { $0.warnings.isEmpty }
      #expect(well.status == .online && well.reasons.isEmpty)
      #expect(try await harness.history(sender.id).last == "number_read:online")
    }
  }

  @Test func `a refused token is confirmed, then the sender must reconnect, and a new signup repairs it in place`()
    async throws
  {
    try await SenderRegistryHarness.run(settings: Self.fast) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.order("GET /1065", .error(190, "expired", status: 401))
      // One refusal proves nothing.
      #expect(try await harness.refresh(sender.id).status == .online)
      harness.graph.change { $0.refusal = 190 }
      let broken = try await harness.sender(sender.id, reaches: .offline)
      #expect(broken.reasons.map(\.code) == ["RECONNECT_NEEDED"])
      #expect(try await harness.events("sender.status_changed").last?.severity == .critical)
      // Nothing is asked any more.
      try await eventually("no reading to come") {
        try await harness.text("SELECT sender_id FROM sender_polls").isEmpty
      }
      harness.graph.change { world in
        world.refusal = nil
        world.token = "EAAG-another-token"
      }
      try await harness.connect(sender.id)
      let repaired = try await harness.sender(sender.id, reaches: .online)
      #expect(repaired.id == sender.id && repaired.reasons.isEmpty && repaired.phoneNumberID == "1065")
      #expect(harness.graph.count("POST /1065/register") == 1)
      #expect(try await harness.text("SELECT token_count FROM sender_polls") == ["0"])
    }
  }

  @Test(arguments: [
    (33, SenderStatus.offline, "NUMBER_GONE"), (10, .offline, "ACCESS_DENIED"), (131_031, .suspended, "ACCOUNT_LOCKED"),
  ])
  func `a number that Meta refuses to tell of, several times, is taken down with the reason`(
    code: Int, status: SenderStatus, reason: String
  ) async throws {
    try await SenderRegistryHarness.run(settings: Self.fast) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.refusal = code }
      #expect(try await harness.refresh(sender.id).status == .online)
      let gone = try await harness.sender(sender.id, reaches: status)
      #expect(gone.reasons.map(\.code) == [reason])
      // It may come back: it is still asked about.
      harness.graph.change { $0.refusal = nil }
      _ = try await harness.sender(sender.id, reaches: .online)
    }
  }

  @Test func `an account whose calls are used up is left in peace, hints included`() async throws {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      harness.graph.change { $0.refusal = 80_007 }
      #expect(try await harness.refresh(sender.id).status == .online)
      let now = harness.now
      let due = try await harness.due(sender.id)
      #expect(due >= now + 290_000)
      try await harness.tell(SenderRegistryHarness.event("account_update", #"{"event":"SOMETHING_NEW"}"#))
      #expect(try await harness.due(sender.id) >= now + 290_000)
      #expect(try await harness.text("SELECT unreachable_count FROM sender_polls") == ["0"])
    }
  }

  @Test func `a reading never overwrites what was changed meanwhile`() async throws {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      let latch = Latch()
      harness.graph.change { $0.status = "BANNED" }
      harness.graph.order("GET /1065", .held(latch))
      async let refreshed = harness.refresh(sender.id)
      try await eventually("Meta is asked") { harness.graph.count("GET /1065") > 1 }
      harness.graph.change { $0.status = "CONNECTED" }
      let disabled = try await harness.call(SenderRegistryAPI.DisableSender(id: sender.id))
      #expect(disabled.reasons.map(\.code) == ["DISABLED_BY_HAND"])
      latch.open()
      // What was read is thrown away; the second reading tells the truth of a sender that is off.
      let after = try await refreshed
      #expect(after.status == .offline && after.reasons.map(\.code) == ["DISABLED_BY_HAND"])
      #expect(try await harness.history(sender.id).contains("number_read:suspended") == false)
    }
  }

  @Test func `a service that dies between switching on and asking asks when it is back`() async throws {
    let first = try await SenderRegistryHarness()
    let sender = try await first.onlineSender()
    _ = try await first.call(SenderRegistryAPI.DisableSender(id: sender.id))
    let latch = Latch()
    first.graph.order("GET /1065", .held(latch))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try? await first.call(SenderRegistryAPI.EnableSender(id: sender.id), key: "on") }
      let before = first.graph.count("GET /1065")
      try await eventually("Meta is asked") { first.graph.count("GET /1065") > before }
      await first.stop(withGraph: false)
      latch.open()
      try await group.waitForAll()
    }
    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph, adminKey: first.adminKey)
    #expect(try await second.sender(sender.id, reaches: .online).isEnabled)
    // The repeat of the request is answered with how things are.
    #expect(try await second.call(SenderRegistryAPI.EnableSender(id: sender.id), key: "on").status == .online)
    await second.stop()
  }

  @Test func `what Meta says of the calls used up is read from its header`() {
    let text = """
      {"1029":[{"type":"whatsapp","call_count":12,"total_cputime":95,"total_time":3,"estimated_time_to_regain_access":4}],
      "x":"y","z":[1,{"call_count":20}]}
      """
    #expect(GraphUsage(header: text) == GraphUsage(percent: 95, regainMilliseconds: 240_000))
    for broken in ["", "[]", "{}", "{\"a\":[{}]}", "half {"] { #expect(GraphUsage(header: broken) == nil) }
  }

  @Test func `a change of the limit that a reading brings has the portfolio's other numbers read, and is told once`()
    async throws
  {
    try await SenderRegistryHarness.run(settings: Self.byHand) { harness in
      let sender = try await harness.onlineSender()
      let other = try await harness.createSender("+14155550190")
      try await harness.database.write { connection in
        guard var row = try connection.sender(other.id) else { return }
        row.accessToken = "sealed"
        row.phoneNumberID = "2065"
        row.businessID = "77"
        row.messagingLimit = "TIER_250"
        row.condition = SenderCondition(.online)
        try connection.update(row, now: 1)
        try connection.execute("UPDATE sender_polls SET due_at = 9000000000000 WHERE sender_id = ?", other.id.text)
      }
      harness.graph.change { $0.limit = "TIER_2K" }
      _ = try await harness.refresh(sender.id)
      #expect(try await harness.due(other.id) < harness.now + 15_000)
      #expect(
        try await harness.text("SELECT messaging_limit FROM senders WHERE id = '\(other.id.text)'") == ["TIER_250"])
      try await harness.tell(
        SenderRegistryHarness.event("business_capability_update", #"{"max_daily_conversations_per_business":2000}"#))
      #expect(
        try await harness.text("SELECT messaging_limit FROM senders WHERE id = '\(other.id.text)'") == ["TIER_2K"])
      #expect(try await harness.events("sender.limit_changed").count == 1)
    }
  }

  @Test func `of one account two numbers are read at once, of all eight`() async throws {
    try await SenderRegistryHarness.run { harness in
      _ = try await harness.onlineSender()
      let latch = Latch()
      let keyring = try harness.keyring
      let account = try await harness.account
      var ids: [String] = []
      for index in 0..<24 { ids.append("\(7_000 + index)") }
      for id in ids { harness.graph.order("GET /\(id)", .held(latch)) }
      try await harness.database.write { [ids] connection in
        for (index, id) in ids.enumerated() {
          var row = SenderRow(
            id: SenderID(trusted: "snd_" + String(format26: index)), accountID: account,
            phoneNumber: PhoneNumber(trusted: "+1555\(id)"), displayName: "Shop", now: 1)
          try connection.insert(row)
          row.accessToken = keyring.seal(Secret("token"), binding: SenderRow.tokenBinding(row.id))
          row.phoneNumberID = id
          // Twelve of one WABA, the others of one each.
          row.wabaID = index < 12 ? "1" : "\(100 + index)"
          row.condition = SenderCondition(.online)
          try connection.update(row, now: 1)
          try connection.execute("UPDATE sender_polls SET due_at = ? WHERE sender_id = ?", index, row.id.text)
        }
      }
      try harness.service.wakeWorkers()
      // Spread over a second or so by then.
      func asked(_ ids: ArraySlice<String>) -> Int { ids.count { harness.graph.count("GET /\($0)") > 0 } }
      try await eventually("eight are asked about") { asked(ids[...]) == 8 }
      #expect(asked(ids[..<12]) <= 2)
      latch.open()
      try await eventually("all are") { asked(ids[...]) == 24 }
    }
  }

  @Test func `readings are spread: of a thousand that fell due together few are due at once after a start`()
    async throws
  {
    let first = try await SenderRegistryHarness()
    let account = try await first.account
    try await first.database.write { connection in
      for index in 0..<1_000 {
        var row = SenderRow(
          id: SenderID(trusted: "snd_" + String(format26: index)), accountID: account,
          phoneNumber: PhoneNumber(trusted: "+1555\(1_000_000 + index)"), displayName: "Shop", now: 1)
        try connection.insert(row)
        row.accessToken = "sealed"
        row.phoneNumberID = "\(10_000 + index)"
        row.condition = SenderCondition(.online)
        try connection.update(row, now: 1)
      }
    }
    #expect(try await first.text("SELECT count(*) FROM sender_polls WHERE due_at < 100000") == ["1000"])
    await first.stop(withGraph: false)
    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph)
    try await eventually("they are spread") {
      try await second.text("SELECT count(*) FROM sender_polls WHERE due_at < 100000") == ["0"]
    }
    let now = second.now
    // The window is 50 ms for each of them.
    let tenths = try await second.text("SELECT count(*) FROM sender_polls GROUP BY (due_at - \(now)) / 5000")
    #expect(tenths.compactMap(Int.init).max() ?? 1_000 < 250, "\(tenths)")
    await second.stop()
  }
}

extension SenderRegistryHarness {
  fileprivate var now: Int64 { WallClock.system.now }

  /// What the service seals with.
  fileprivate var keyring: SealingKeyring {
    get throws { try SealingKeyring(file: files.sealingKeyFile(.senderRegistry)) }
  }

  fileprivate func due(_ id: SenderID) async throws -> Int64 {
    Int64(try await text("SELECT due_at FROM sender_polls WHERE sender_id = '\(id.text)'").first ?? "") ?? 0
  }
}

extension String {
  /// A body of an identifier with a number in it.
  fileprivate init(format26 number: Int) {
    let digits = String(number)
    self = String(repeating: "0", count: 26 - digits.count) + digits
  }
}
