import SandboxWorld
import Store
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` of any service at any moment costs nothing that was promised.
  @Suite struct KillTests {
    @Test func `services killed at random moments answer every customer at most once and report every status`()
      async throws
    {
      let plan = KillPlan.fromEnvironment((300, 2_000), kills: (5, 24))
      print("kill run: \(plan.size) messages, \(plan.kills) kills, KILL_SEED=\(plan.seed)")
      let started = ContinuousClock.now
      try await Product.run([.receipts: ["DELIVERY_CONCURRENCY_PER_WEBHOOK": "32"]]) { product in
        let shop = try await product.story.openShop()
        let run = KillRun(plan, product)
        try await run.play(shop)
        try await run.quiet(within: .seconds(60 + plan.size / 10))
        try await product.services.stop()
        let outcome = try await Self.judge(run)
        print("kill run: \(ContinuousClock.now - started), killed \(run.kills.map(\.rawValue)), \(outcome)")
      }
    }

    private struct Outcome: CustomStringConvertible {
      var statuses: [String: Int] = [:]
      var inFlight = 0
      var repeatedReceipts = 0
      var repeatedWebhooks = 0

      var description: String {
        "rows \(statuses.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")); "
          + "sends in flight at the kills \(inFlight), of them unknown at the end \(statuses["unknown"] ?? 0); "
          + "receipts delivered again \(repeatedReceipts), webhooks stored again \(repeatedWebhooks)"
      }
    }

    private static func judge(_ run: KillRun) async throws -> Outcome {
      let copy = try DatabaseCopy.router(run.product.services)
      defer { copy.close() }
      var outcome = Outcome()
      outcome.inFlight = run.inFlight.count
      try await judgeReplies(run, copy, &outcome)
      judgeReceipts(run, &outcome)
      // Finished bodies are deleted, but their numbers are not used again.
      outcome.repeatedWebhooks =
        try await copy.count("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'")
        - run.product.world.ledger.totals.webhooksAnswered200
      return outcome
    }

    /// Every message whose webhook got a 200 is stored once, has one reply, and the reply reached Meta at most once.
    private static func judgeReplies(_ run: KillRun, _ copy: DatabaseCopy, _ outcome: inout Outcome) async throws {
      let ledger = run.product.world.ledger
      let (inbound, _) = ledger.inbound(limit: 1_000_000) { $0.acknowledgedAt != nil }
      #expect(inbound.count { $0.text.hasPrefix(KillRun.prefix) } == run.plan.size)
      let rows = try await copy.rows(
        """
        SELECT i.meta_message_id, r.id, r.status, r.error_code, i.text
        FROM messages i LEFT JOIN messages r ON r.turn_of = i.id
        WHERE i.direction = 'inbound'
        """, columns: 5)
      var stored: [String: [[String?]]] = [:]
      for row in rows { stored[row[0] ?? "", default: []].append(row) }
      #expect(stored.count == inbound.count)
      for message in inbound {
        let found = stored[message.wamid] ?? []
        #expect(found.count == 1, "\(message.text) is stored \(found.count) times")
        guard let row = found.first, let id = row[1], let status = row[2] else {
          Issue.record("\(message.text) has no reply")
          continue
        }
        outcome.statuses[status, default: 0] += 1
        let tally = ledger.tally(callbackData: id)
        #expect(tally.arrived <= 1 && tally.accepted <= 1, "\(id) reached Meta \(tally.arrived) times")
        let text = ledger.tally(text: "You wrote: \(message.text)", to: message.from.digits)
        #expect(text.accepted <= 1, "\(message.from) was answered \(text.accepted) times")
        switch status {
        case "accepted", "sent", "delivered", "read":
          #expect(tally.accepted == 1, "\(id) is \(status) but Meta has it not")
        case "failed": #expect(row[3] != nil, "\(id) failed without a code")
        case "unknown":
          // Meta tells of everything it accepted, and that settles it: what stays unknown was never accepted.
          #expect(run.inFlight.contains(id), "\(id) is unknown but was not under way at a kill")
          #expect(tally.accepted == 0, "\(id) stays unknown although its statuses came")
        default: Issue.record("\(id) ends \(status)")
        }
      }
      #expect(outcome.statuses["unknown", default: 0] <= run.inFlight.count)
      #expect(ledger.repeatedCallbackData.isEmpty)
      let replies = try await copy.count("SELECT count(*) FROM messages WHERE direction = 'outbound'")
      #expect(replies == inbound.count)
    }

    /// Every status that Meta told of a message reached the business, always under the same event id and with the
    /// same bytes.
    private static func judgeReceipts(_ run: KillRun, _ outcome: inout Outcome) {
      let world = run.product.world
      var events: [String: Set<String>] = [:]
      for receipt in run.product.story.receipts() {
        events["\(receipt.message) \(receipt.status)", default: []].insert(receipt.event)
      }
      let (sent, _) = world.ledger.messages(limit: 1_000_000) { $0.outcome == .accepted }
      for message in sent {
        for status in message.statuses {
          let ids = events["\(message.callbackData ?? "") \(status.name)"] ?? []
          #expect(ids.count == 1, "\(status.name) of \(message.callbackData ?? "") came under ids \(ids)")
        }
      }
      var bodies: [String: Set<String>] = [:]
      for receipt in world.receipts.receipts(of: "shop") {
        #expect(receipt.isVerified, "\(receipt.eventID): \(receipt.problem ?? "")")
        bodies[receipt.eventID, default: []].insert(receipt.body)
        if receipt.repeats > 0 { outcome.repeatedReceipts += 1 }
      }
      #expect(bodies.allSatisfy { $0.value.count == 1 })
    }
  }
}
