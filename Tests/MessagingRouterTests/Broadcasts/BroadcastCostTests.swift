import Contracts
import Store
import Testing

@testable import MessagingRouter

/// What each step of a broadcast asks of the store, as SQLite itself counts it: the same whether hundreds or many
/// thousands are in it, and whatever went before.
@Suite struct BroadcastCostTests {
  private struct Cost: Sendable {
    var operations = 0
    var scannedRows = 0
    /// The dearest statement.
    var worst = ""

    init(_ costs: [StatementCost]) {
      operations = costs.map(\.operations).reduce(0, +)
      scannedRows = costs.map(\.scannedRows).reduce(0, +)
      worst = costs.max { $0.operations < $1.operations }?.sql ?? ""
    }
  }

  @Test func `no step scans a table or costs more in a larger broadcast`() async throws {
    let small = try await Self.measure(people: 800)
    let large = try await Self.measure(people: 6_400)
    #expect(small.count == large.count && small.count >= 14)
    for (before, after) in zip(small, large) {
      // An index that is a level deeper, a page that is split: never eight times as much.
      let bound = before.cost.operations * 5 / 4 + 500
      #expect(
        after.cost.operations <= bound,
        "\(after.step): \(before.cost.operations) operations, then \(after.cost.operations): \(after.cost.worst)")
      #expect(after.cost.scannedRows <= 20, "\(after.step) scans \(after.cost.scannedRows) rows: \(after.cost.worst)")
    }
  }

  /// The steps of a broadcast whose first half has gone, in a store with as many messages of others.
  private static func measure(people: Int) async throws -> [(step: String, cost: Cost)] {
    var limits = StoreLimits()
    // Every statement is kept, and counted.
    limits.statementCache = 1_000
    let store = try await BroadcastStore(limits: limits)
    defer { store.close() }
    let other = try await store.started(people / 2)
    // Broadcasts of other days, as they gather.
    try await store.write(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(people / 8))
      INSERT INTO broadcasts (id, account_id, sender_id, name, template_id, template, variables, state, created_at,
        updated_at)
      SELECT 'brd_old' || i, account_id, sender_id, name, template_id, template, variables, 'completed', 1, 1
      FROM broadcasts, n
      """)
    while try await store.view(other).counts.pending > 0 { try await store.run(other, room: 200) }
    try await store.set(.read)
    let id = try await store.started(people)
    while try await store.view(id).counts.pending > people / 2 { try await store.run(id, room: 200) }
    try await store.set(.failed, code: "UNDELIVERABLE", limit: 200)
    try await store.set(.sent)
    let number = try await store.database.read {
      try BroadcastRow.found(id: id, account: BroadcastStore.account, $0).number
    }
    var found: [(step: String, cost: Cost)] = []
    func step(_ name: String, _ body: @escaping @Sendable (Connection) throws -> Void) async throws {
      // On the writer, whose statements are counted; what its triggers do is counted with them.
      found.append(
        (
          name,
          try await store.database.write { connection in
            _ = connection.takeCosts()
            try body(connection)
            return Cost(connection.takeCosts())
          }
        ))
    }
    @Sendable func row(_ connection: Connection) throws -> BroadcastRow {
      try BroadcastRow.found(id: id, account: BroadcastStore.account, connection)
    }
    try await step("looking what runs") { _ = try BroadcastWork.running(at: 20, $0) }
    try await step("looking what starts next") { _ = try BroadcastWork.nextStart($0) }
    try await step("looking what is left over") { _ = try BroadcastWork.leftovers($0) }
    try await step("looking whether it is due") { _ = try BroadcastWork.isDue(number, room: 100, at: 20, $0) }
    try await step("how much ahead") { _ = try BroadcastWork.ahead(of: BroadcastStore.sender.text, $0) }
    try await step("what stops it") { _ = try BroadcastRules.stop(try row($0), at: 20, $0) }
    try await step("feeding") { _ = try BroadcastWork.run(number, room: 100, at: 20, $0) }
    try await step("showing it") { _ = try row($0).view($0) }
    for state in [BroadcastRecipient.State?.none, .pending, .queued, .sent, .failed, .skipped] {
      try await step("a page of \(state?.rawValue ?? "everybody")") {
        _ = try RecipientList.page(of: try row($0), state: state, cursor: nil, limit: 50, $0)
      }
    }
    try await step("a message that comes back") { connection in
      let message = try connection.first("SELECT id FROM messages WHERE status = 'queued' LIMIT 1") { try $0.text(0) }
      try BroadcastFeed.cameBack(message ?? "", at: 21, connection)
    }
    try await step("pausing") { connection in
      var row = try row(connection)
      try BroadcastSteps.pause(&row, .operator, detail: nil, actor: nil, at: 22, connection)
    }
    try await step("resuming") { connection in
      var row = try row(connection)
      try BroadcastSteps.resume(&row, actor: nil, at: 23, connection)
    }
    try await step("feeding again") { _ = try BroadcastWork.run(number, room: 100, at: 24, $0) }
    try await step("cancelling") { connection in
      var row = try row(connection)
      try BroadcastSteps.cancel(&row, actor: nil, at: 25, connection)
    }
    let draft = try await store.draft(10)
    try await step("adding people") { connection in
      let upload = try BroadcastRecipients.beginUpload(
        to: draft, account: BroadcastStore.account, at: 26, connection
      ).number
      _ = try BroadcastRecipients.add(
        (0..<100).map { NewRecipient(line: $0 + 1, recipient: "+4917112\(100_000 + $0)", name: nil, variables: [:]) },
        refused: [], refusedCount: 0, upload: upload, to: draft, account: BroadcastStore.account, limit: 10_000,
        at: 26, connection)
    }
    return found
  }
}
