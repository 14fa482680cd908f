import Contracts
import JSON
import Store
import TestSupport

@testable import MessagingRouter

/// A store with one sender, an approved template with one variable, and short ways to broadcasts.
struct BroadcastStore: Sendable {
  static let account = "acc_01KDXH0000AAAAAAAAAAAAAAAA"
  static let sender = SenderID(trusted: "snd_01KDXH0000AAAAAAAAAAAAAAAA")
  let store: TemporaryDatabase
  let template: TemplateID
  var database: Database { store.database }

  init(category: String = "MARKETING", limits: StoreLimits = StoreLimits()) async throws {
    store = try TemporaryDatabase(Schema.migrations, limits: limits)
    template = try await store.database.write { connection in
      try Self.sender(connection)
      var row = TemplateRow(
        account: Self.account, waba: "waba-1", name: "sale", language: "en_US", metaCategory: category,
        status: .approved, metaStatus: "APPROVED", format: .positional,
        components: [["type": "BODY", "text": "Hello {{1}}, come in."]], at: 1)
      row.template.metaTemplateID = "9001"
      try row.insert(connection)
      return row.template.id
    }
  }

  func close() { store.database.close() }

  static func sender(
    status: String = "online", quality: String = "GREEN", throughput: Int = 80, limit: String = "TIER_250",
    _ connection: Connection
  ) throws {
    try connection.execute("DELETE FROM replica_senders WHERE sender_id = ?", sender.text)
    try connection.execute(
      """
      INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, waba_id, phone_number_id,
        portfolio_id, messaging_limit, access_token, quality_rating, throughput)
      VALUES (?, ?, '+15550001000', 'Shop', ?, 'waba-1', 'pn-1', 'portfolio-1', ?, 'token', ?, ?)
      """, sender.text, account, status, limit, quality, throughput)
  }

  static func number(_ index: Int) -> String { "+4915112\(100_000 + index)" }

  /// A draft with so many recipients.
  func draft(_ recipients: Int = 3, startAt: Int64? = nil) async throws -> BroadcastID {
    let template = template
    return try await database.write { connection in
      let current = try BroadcastRules.current(template, account: Self.account, connection)
      let row = try BroadcastRow.insert(
        MessagingRouterAPI.CreateBroadcast(
          senderID: Self.sender, templateID: template, name: "Sale",
          startAt: startAt.map { Timestamp(milliseconds: $0) }),
        template: current, account: Self.account, at: 1, connection)
      let new = (0..<recipients).map {
        NewRecipient(line: $0 + 1, recipient: Self.number($0), name: nil, variables: ["1": "P\($0)"])
      }
      let upload = try BroadcastRecipients.beginUpload(to: row.id, account: Self.account, at: 1, connection).number
      _ = try BroadcastRecipients.add(
        new, refused: [], refusedCount: 0, upload: upload, to: row.id, account: Self.account, limit: 10_000, at: 1,
        connection)
      return row.id
    }
  }

  func started(_ recipients: Int = 3, startAt: Int64? = nil, at now: Int64 = 10) async throws -> BroadcastID {
    let id = try await draft(recipients, startAt: startAt)
    try await step(id) { try BroadcastSteps.start(&$0, actor: "key_1", at: now, $1) }
    return id
  }

  func step(_ id: BroadcastID, _ body: @escaping @Sendable (inout BroadcastRow, Connection) throws -> Void) async throws
  {
    try await database.write { connection in
      var row = try BroadcastRow.found(id: id, account: Self.account, connection)
      try body(&row, connection)
    }
  }

  @discardableResult
  func run(_ id: BroadcastID, room: Int = 100, at now: Int64 = 20) async throws -> BroadcastRules.Stop? {
    try await database.write { connection in
      let number = try BroadcastRow.found(id: id, account: Self.account, connection).number
      return try BroadcastWork.run(number, room: room, at: now, connection).stop
    }
  }

  func view(_ id: BroadcastID) async throws -> Broadcast {
    try await database.read { try BroadcastRow.found(id: id, account: Self.account, $0).view($0) }
  }

  /// The counts as the rows themselves tell them.
  func counted(_ id: BroadcastID) async throws -> [BroadcastRecipient.State: Int] {
    try await database.read { connection in
      let row = try BroadcastRow.found(id: id, account: Self.account, connection)
      let page = try RecipientList.page(of: row, state: nil, cursor: nil, limit: 10_000, connection)
      return Dictionary(grouping: page.data, by: \.state).mapValues(\.count)
    }
  }

  func write(_ sql: String) async throws { try await database.write { try $0.execute(sql) } }

  func count(_ sql: String) async throws -> Int {
    try await database.read { try $0.first("SELECT count(*) FROM \(sql)") { try $0.int(0) } ?? 0 }
  }

  /// Gives every queued message of the store a status.
  func set(_ status: MessageStatus, code: String? = nil, limit: Int = 10_000) async throws {
    try await database.write { connection in
      let ids = try connection.all(
        "SELECT id FROM messages WHERE status = 'queued' ORDER BY sequence LIMIT ?", limit, limit: 10_000
      ) { try $0.text(0) }
      for id in ids {
        try connection.execute("UPDATE messages SET status = ?, error_code = ? WHERE id = ?", status.rawValue, code, id)
      }
    }
  }
}
