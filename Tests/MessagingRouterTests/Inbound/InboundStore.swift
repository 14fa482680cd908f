import Contracts
import MessagingRouterHarness
import Store
import TestSupport

@testable import MessagingRouter

/// A store of the router with senders, and Meta's webhooks stored in it without the service around.
struct InboundStore: Sendable {
  static let account = TestSender.account
  static let now: Int64 = 1_767_225_600_000
  let store: TemporaryDatabase
  var database: Database { store.database }

  init() async throws {
    store = try TemporaryDatabase(Schema.migrations)
    try await publish("1")
  }

  func close() { store.database.close() }

  /// What the registry tells of a sender, `snd_1` and `pn-1` for `1`.
  func publish(
    _ number: String, waba: String? = "waba-1", portfolio: String? = "portfolio-1", account: String = account
  ) async throws {
    try await database.write { connection in
      try connection.execute("DELETE FROM replica_senders WHERE sender_id = ?", "snd_" + number)
      try connection.execute(
        """
        INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, waba_id,
          phone_number_id, portfolio_id, access_token)
        VALUES (?, ?, '+15550001000', 'Shop', 'online', ?, ?, ?, 'token')
        """, "snd_" + number, account, waba, "pn-" + number, portfolio)
    }
  }

  func sender(_ number: String, account: String = account) async throws -> SenderRow? {
    try await database.read { try SenderRow.find(id: SenderID(trusted: "snd_" + number), account: account, $0) }
  }

  /// Takes a webhook through both lanes.
  @discardableResult
  func take(_ body: String, at now: Int64 = now) async throws -> [UpdateOutcome] {
    let body = Array(body.utf8)
    return try await database.write { connection in
      try InboxRow.insert(body, at: now, connection)
      return try Self.store(body, id: connection.lastInsertRowID, lanesDone: 0, at: now, connection)
    }
  }

  /// Takes what waited for numbers that are known now.
  @discardableResult
  func revive(at now: Int64 = now) async throws -> [UpdateOutcome] {
    try await database.write { connection in
      for lane in InboxLane.allCases { _ = try InboxRow.reviveKnown(lane: lane, connection) }
      let rows = try connection.all("SELECT id, body, lanes_done FROM inbox WHERE state = 0 ORDER BY id") {
        (id: try $0.int64(0), body: try $0.blob(1), done: try $0.int(2))
      }
      return try rows.flatMap { try Self.store($0.body, id: $0.id, lanesDone: $0.done, at: now, connection) }
    }
  }

  private static func store(
    _ body: [UInt8], id: Int64, lanesDone: Int, at now: Int64, _ connection: Connection
  ) throws -> [UpdateOutcome] {
    let parts = InboxPart.parse(body, id: id, keywords: OptOutKeywords(out: "STOP", back: "START"))
    var outcomes: [UpdateOutcome] = []
    for lane in InboxLane.allCases where lanesDone & lane.rawValue == 0 {
      guard let part = parts[lane], !part.isEmpty else { continue }
      var senders = SenderLookup()
      outcomes += try part.store(with: &senders, at: now, connection)
    }
    return outcomes
  }

  /// Begins an erasure, and nothing more.
  @discardableResult
  func beginErasure(_ contact: String, at now: Int64 = now) async throws -> ContactErasureRow? {
    try await database.write { try ContactErasureRow.begin(contact: contact, account: Self.account, at: now, $0) }
  }

  /// Erases a person to the end.
  func erase(_ contact: String, at now: Int64 = now) async throws {
    try await beginErasure(contact, at: now)
    try await database.write { connection in
      guard var erasure = try ContactErasureRow.find(contact: contact, account: Self.account, connection) else {
        return
      }
      for step in ErasureStep.all {
        erasure.position = 0
        while try !step.run(&erasure, ErasureStep.limit, connection) {}
        erasure.step += 1
      }
      erasure.finishedAt = now
      try erasure.save(connection)
    }
  }

  func contact(_ number: String) async throws -> String {
    try await text("SELECT id FROM contacts WHERE phone_number = '\(number)'").first ?? "none"
  }

  /// The one column of a query's rows, as text.
  func text(_ sql: String) async throws -> [String] {
    try await database.read { connection in
      try connection.all("WITH found (x) AS (\(sql)) SELECT CAST(x AS TEXT) FROM found") {
        try $0.optionalText(0) ?? "NULL"
      }
    }
  }

  func count(_ table: String) async throws -> Int {
    try await database.read { try $0.first("SELECT count(*) FROM \(table)") { try $0.int(0) } ?? 0 }
  }

  func write(_ sql: String) async throws {
    try await database.write { try $0.execute(sql) }
  }
}
