import Contracts
import JSON
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct DeliveryLogTests {
  private let front = ReceiptsFixture.front()
  private let stranger = ReceiptsFixture.front(ReceiptsFixture.otherAccount)

  /// Deliveries in every state, with an attempt each; every tenth attempt failed.
  private func filled(_ count: Int, _ body: (ReceiptsFixture, WebhookID) async throws -> Void) async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await fixture.record(1...count)
      try await fixture.execute(
        """
        INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds, http_status, error_class)
        SELECT 'att' || substr(id, 4), id, webhook_id, 0, 5, iif(position % 10 = 0, NULL, 200),
          iif(position % 10 = 0, 'timeout', NULL)
        FROM deliveries
        """)
      try await body(fixture, webhook)
    }
  }

  @Test func `deliveries of a webhook come newest first, page by page, with their attempts`() async throws {
    try await filled(7) { fixture, webhook in
      var (numbers, cursor, pages) = ([String](), String?.none, 0)
      repeat {
        let page = try await fixture.deliveries.ofWebhook(
          .init(webhookID: webhook, limit: 3, cursor: cursor), front)
        numbers += page.data.map { String($0.eventID.text.suffix(1)) }
        #expect(page.data.allSatisfy { $0.attempts.count == 1 && $0.webhookID == webhook })
        (cursor, pages) = (page.nextCursor, pages + 1)
      } while cursor != nil && pages < 10
      #expect(numbers == ["7", "6", "5", "4", "3", "2", "1"] && pages == 3)
    }
  }

  @Test(arguments: Delivery.State.allCases)
  func `deliveries are found by their state`(_ state: Delivery.State) async throws {
    try await filled(12) { fixture, webhook in
      try await fixture.execute("UPDATE deliveries SET state = 'delivered'")
      try await fixture.execute("UPDATE deliveries SET state = ? WHERE position IN (3, 5, 9)", state.rawValue)
      if state != .delivered {
        let first = try await fixture.deliveries.ofWebhook(.init(webhookID: webhook, state: state, limit: 2), front)
        let rest = try await fixture.deliveries.ofWebhook(
          .init(webhookID: webhook, state: state, limit: 2, cursor: first.nextCursor), front)
        #expect((first.data + rest.data).map { $0.eventID.text.suffix(1) } == ["9", "5", "3"])
        #expect(first.data.allSatisfy { $0.state == state } && rest.nextCursor == nil)
      } else {
        #expect(
          try await fixture.deliveries.ofWebhook(.init(webhookID: webhook, state: state), front).data.count == 12)
      }
    }
  }

  @Test func `one answer looks at so many deliveries at most, and the next goes on behind them`() async throws {
    try await filled(1) { fixture, webhook in
      try await fixture.plant(25_000, webhook: webhook)
      try await fixture.execute("UPDATE deliveries SET state = 'waiting' WHERE position = 1")
      try await fixture.execute("UPDATE deliveries SET state = 'delivered' WHERE position > 1")
      var (found, cursor, pages) = ([Delivery](), String?.none, 0)
      repeat {
        let page = try await fixture.deliveries.ofWebhook(
          .init(webhookID: webhook, state: .waiting, cursor: cursor), front)
        found += page.data
        (cursor, pages) = (page.nextCursor, pages + 1)
      } while cursor != nil && pages < 10
      #expect(found.count == 1 && pages == 3)
    }
  }

  @Test func `the attempt log is of a webhook, newest first, all of it or what failed`() async throws {
    try await filled(25) { fixture, webhook in
      let all = try await fixture.deliveries.attempts(.init(webhookID: webhook, limit: 20), front)
      #expect(all.data.count == 20 && all.nextCursor != nil)
      #expect(all.data.map(\.attempt.id) == all.data.map(\.attempt.id).sorted(by: >))
      let rest = try await fixture.deliveries.attempts(
        .init(webhookID: webhook, limit: 20, cursor: all.nextCursor), front)
      #expect(rest.data.count == 5 && rest.nextCursor == nil)
      let failed = try await fixture.deliveries.attempts(.init(webhookID: webhook, failedOnly: true), front).data
      #expect(failed.map(\.attempt.errorClass) == ["timeout", "timeout"])
      #expect(failed.map { $0.eventID.text.suffix(2) } == ["20", "10"])
      #expect(failed.first?.eventType == .messageStatus)
    }
  }

  /// What one answer holds as JSON.
  private func size(_ value: some Encodable) throws -> Int { try JSONCoder.encode(value).count }

  /// Answers as long as they are kept, of letters or of what JSON writes in six bytes each.
  @Test(arguments: ["x", "\u{1}", "\""])
  func `a log of long answers is read to its end, however long the outage`(letter: String) async throws {
    try await filled(100) { fixture, webhook in
      try await fixture.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10)
        INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds, http_status, response)
        SELECT printf('att_%026d', position * 100 + i), id, webhook_id, i, 5, 500, ? FROM deliveries, n
        """, String(repeating: letter, count: 2_048))
      for ofSender in [false, true] {
        var (found, cursor, pages) = ([Delivery](), String?.none, 0)
        repeat {
          let page =
            ofSender
            ? try await fixture.deliveries.ofSender(
              .init(senderID: ReceiptsFixture.sender, limit: 100, cursor: cursor), front)
            : try await fixture.deliveries.ofWebhook(.init(webhookID: webhook, limit: 100, cursor: cursor), front)
          #expect(try size(page) <= 640 << 10)
          found += page.data
          (cursor, pages) = (page.nextCursor, pages + 1)
        } while cursor != nil && pages < 40
        #expect(found.count == 100 && Set(found.map(\.id)).count == 100)
        #expect(found.allSatisfy { $0.attempts.count == DeliveryAttempt.listed && $0.attempts.last?.at != nil })
      }
      var (attempts, cursor, pages) = (0, String?.none, 0)
      repeat {
        let page = try await fixture.deliveries.attempts(
          .init(webhookID: webhook, failedOnly: true, limit: 100, cursor: cursor), front)
        #expect(try size(page) <= 640 << 10)
        attempts += page.data.count
        (cursor, pages) = (page.nextCursor, pages + 1)
      } while cursor != nil && pages < 60
      #expect(attempts == 1_010)
    }
  }

  @Test func `of many attempts of one delivery the newest are shown`() async throws {
    try await filled(1) { fixture, _ in
      let known = try #require(try await fixture.deliveries().first)
      try await fixture.execute("DELETE FROM attempts")
      try await fixture.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 150)
        INSERT INTO attempts (id, delivery_id, webhook_id, at, milliseconds, response)
        SELECT printf('att_%026d', i), ?, ?, i, 5, ? FROM n
        """, known.id.text, known.webhookID.text, String(repeating: "\u{1}", count: 2_048))
      let one = try await fixture.deliveries.get(.init(deliveryID: known.id), front)
      #expect(try size(one) <= 640 << 10 && one.attempts.count > 30)
      #expect(one.attempts.last?.at.milliseconds == 150)
      #expect(one.attempts.map(\.at) == one.attempts.map(\.at).sorted())
      try await fixture.execute("UPDATE attempts SET response = NULL")
      let all = try await fixture.deliveries.get(.init(deliveryID: known.id), front)
      #expect(all.attempts.map(\.at.milliseconds) == Array(51...150))
      let listed = try await fixture.deliveries().first
      #expect(listed?.attempts.map(\.at.milliseconds) == Array(146...150))
    }
  }

  @Test func `one delivery is shown with its attempts`() async throws {
    try await filled(1) { fixture, webhook in
      let known = try #require(try await fixture.deliveries().first)
      #expect(try await fixture.deliveries.get(.init(deliveryID: known.id), front) == known)
      #expect(known.attempts.map(\.httpStatus) == [200] && known.webhookID == webhook)
    }
  }

  @Test func `another account sees nothing of them`() async throws {
    try await filled(2) { fixture, webhook in
      let id = try #require(try await fixture.deliveries().first?.id)
      let logs = fixture.deliveries
      for reason in [
        await fixture.refusal { try await logs.ofWebhook(.init(webhookID: webhook), stranger) }?.reason,
        await fixture.refusal { try await logs.attempts(.init(webhookID: webhook), stranger) }?.reason,
      ] { #expect(reason == "WEBHOOK_NOT_FOUND") }
      #expect(
        await fixture.refusal { try await logs.get(.init(deliveryID: id), stranger) }?.reason == "DELIVERY_NOT_FOUND")
      #expect(
        await fixture.refusal { try await logs.ofSender(.init(senderID: ReceiptsFixture.sender), stranger) }?.reason
          == "SENDER_NOT_FOUND")
      for cursor in ["x", "c25kXzAxSkQ"] {
        #expect(
          await fixture.refusal { try await logs.ofWebhook(.init(webhookID: webhook, cursor: cursor), front) }?.reason
            == "CURSOR_INVALID")
      }
    }
  }

  @Test func `no list of the log walks a table or sorts`() async throws {
    try await filled(1) { fixture, _ in
      try await fixture.database.read { connection in
        let queries = [
          (Delivery.listSQL, 4), (Delivery.ofWebhookSQL, 4), (Delivery.setAsideSQL, 5), (Delivery.inStateSQL, 5),
          (LoggedAttempt.listSQL(failedOnly: false), 3), (LoggedAttempt.listSQL(failedOnly: true), 3),
          (ReplayRow.listSQL, 3), (ReplayRow.underWaySQL, 1), (ReplayWalk.positionsSQL, 5),
          (ReplayedDelivery.findSQL, 2),
          (ReplayStep.openSQL, 1), (ReplayStep.unattemptedSQL, 3), (ReplayStep.exhaustedSQL, 3),
          (ReplayStep.heldSQL, 3),
        ]
        for (sql, parameters) in queries {
          let values = Array(repeating: Int64(0), count: parameters)
          for step in try connection.all("EXPLAIN QUERY PLAN " + sql, values: values, map: { try $0.text(3) }) {
            // What may be walked: the rows of an inner LIMIT, and an index made for nothing else.
            let isWalk =
              step.hasPrefix("SCAN")
              && !["SCAN d", "SCAN a", "SCAN (subquery-1)"].contains(step) && !step.contains("replays_next")
            #expect(!isWalk, "\(step) in \(sql)")
            // Nothing is sorted but the rows of an inner LIMIT, which come in order already.
            #expect(!step.contains("TEMP B-TREE") || sql.contains("\n  LIMIT"), "\(step) in \(sql)")
          }
        }
      }
    }
  }
}

extension ReceiptsFixture {
  /// Many delivered events, planted straight into the store.
  func plant(
    _ count: Int, webhook: WebhookID, from first: Int = 100_000, state: Delivery.State = .delivered,
    withDeliveries: Bool = true
  ) async throws {
    let now = clock.now
    try await database.write { connection in
      try connection.execute(
        """
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?1)
        INSERT INTO events (id, account_id, type, sender_id, conversation_id, message_id, status, sequence, body,
          occurred_at, received_at)
        SELECT printf('evt_%026d', i + ?2), ?3, 'message.status', ?4, printf('cnv_%026d', i % 100), 'msg', 'sent', 1,
          x'7b7d', ?5, ?5
        FROM n
        """, count, first, Self.account.text, Self.sender.text, now)
      if !withDeliveries { return }
      try connection.execute(
        """
        INSERT INTO deliveries (id, event_id, position, webhook_id, account_id, sender_id, state, attempts, due_at,
          created_at)
        SELECT 'dlv' || substr(id, 4), id, position, ?1, account_id, sender_id, ?2, iif(?2 = 'held', 0, 1), ?3, ?3
        FROM events WHERE id >= printf('evt_%026d', ?4) AND id < printf('evt_%026d', ?4 + ?5)
        """, webhook.text, state.rawValue, now, first, count)
    }
  }
}
