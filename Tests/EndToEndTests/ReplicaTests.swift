import Contracts
import Daemon
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import MessagingRouter
@testable import Receipts
@testable import SenderRegistry
@testable import Verifier

extension EndToEnd {
  /// Copies of the senders after their owners were down.
  @Suite struct ReplicaTests {
    private static let copies = [ServiceName.verifier, .messagingRouter, .receipts]

    @Test func `services that missed a thousand changes and deletions are complete after their start`() async throws {
      try await Product.run(starting: []) { product in
        let services = product.services
        try await services.start()
        let shop = try await product.story.openShop()
        try await services.stop(.senderRegistry)
        let before = try await Self.change(services) { connection, account in
          for number in 0..<400 { try Self.add(number, account, connection) }
        }
        try services.launch(.senderRegistry)
        try await services.ready(.senderRegistry)
        try await Self.caughtUp(product, before)
        for name in Self.copies { try await services.kill(name) }

        // 1,100 changes, of which some are of one sender, some of senders nobody has heard of.
        try await services.stop(.senderRegistry)
        let after = try await Self.change(services) { connection, account in
          for number in 400..<800 { try Self.add(number, account, connection) }
          for number in stride(from: 0, to: 800, by: 2) { try Self.delete(number, connection) }
          for number in stride(from: 1, to: 600, by: 2) { try Self.fail(number, connection) }
        }
        try services.launch(.senderRegistry)
        for name in Self.copies { try services.launch(name) }
        for name in CommonSettings.services { try await services.ready(name) }
        try await Self.caughtUp(product, after)
        #expect(after >= before + 1_100)
        for name in Self.copies {
          // They took up where they were: nothing was copied anew.
          let lines = await product.get(services.privateURL(name) + "/metrics")?.text.split(separator: "\n") ?? []
          #expect(lines.contains("wss_replica_snapshots_total 0"), "\(name)")
        }
        try await product.story.waitForReceipts(of: try await product.story.converse("Still there?", with: shop))
        #expect(try await services.stop())
        try await Self.compare(services)
      }
    }

    /// Waits until every copy has come to a position of the registry, or further: the shop is read meanwhile.
    private static func caughtUp(_ product: Product, _ position: Int) async throws {
      for name in copies {
        try await eventually(within: .seconds(30), "\(name) has change \(position)") {
          let page = await product.get(product.services.privateURL(name) + "/metrics")?.text ?? ""
          let line = page.split(separator: "\n").first { $0.hasPrefix("wss_replica_position ") }
          return (line?.split(separator: " ").last.flatMap { Int($0) } ?? 0) >= position
        }
      }
    }

    /// Every live sender that this test has made, and nothing else, is in each copy as it is.
    private static func compare(_ services: ServiceProcesses) async throws {
      let columns = "id, account_id, phone_number, display_name, status"
      let registry = try DatabaseCopy(
        of: services.database(.senderRegistry), migrations: SenderRegistry.Schema.migrations)
      let truth = try await registry.rows(
        "SELECT \(columns) FROM senders WHERE deleted_at IS NULL AND id LIKE '\(made)' ORDER BY id", columns: 5)
      registry.close()
      #expect(truth.count == 400)
      for name in copies {
        let copy = try DatabaseCopy(of: services.database(name), migrations: migrations(name))
        let rows = try await copy.rows(
          """
          SELECT sender_id, account_id, phone_number, display_name, status FROM replica_senders
          WHERE sender_id LIKE '\(made)' ORDER BY sender_id
          """, columns: 5)
        copy.close()
        #expect(rows == truth, "\(name)")
      }
    }

    private static func migrations(_ name: ServiceName) -> [Migration] {
      switch name {
      case .verifier: Verifier.Schema.migrations
      case .messagingRouter: MessagingRouter.Schema.migrations
      default: Receipts.Schema.migrations
      }
    }

    // MARK: The registry's database while it is stopped

    /// The position of the last change.
    private static func change(
      _ services: ServiceProcesses, _ body: @escaping @Sendable (Connection, AccountID) throws -> Void
    ) async throws -> Int {
      let database = try Database(
        path: services.database(.senderRegistry), migrations: SenderRegistry.Schema.migrations)
      defer { database.close() }
      return try await database.write { connection in
        let account = try connection.first("SELECT id FROM accounts") { AccountID(trusted: try $0.text(0)) }
        if let account { try body(connection, account) }
        return try connection.first("SELECT counter FROM replica_position") { try $0.int(0) } ?? 0
      }
    }

    /// The ids of this test's own senders.
    private static let made = "snd_01JD00000000000000000%"

    private static func id(_ number: Int) -> SenderID {
      SenderID(trusted: "snd_01JD00000000000000000\(10_000 + number)")
    }

    private static func add(_ number: Int, _ account: AccountID, _ connection: Connection) throws {
      try connection.insert(
        SenderRow(
          id: id(number), accountID: account, phoneNumber: PhoneNumber(trusted: "+4930\(10_000_000 + number)"),
          displayName: "Shop \(number)", now: WallClock.system.now))
    }

    private static func delete(_ number: Int, _ connection: Connection) throws {
      guard var row = try connection.sender(id(number)) else { return }
      row.deletedAt = 1_767_225_700_000
      try connection.update(row, now: 1_767_225_700_000)
    }

    private static func fail(_ number: Int, _ connection: Connection) throws {
      guard var row = try connection.sender(id(number)) else { return }
      row.condition = SenderCondition(.failed, [])
      try connection.update(row, now: 1_767_225_700_000)
    }
  }
}
