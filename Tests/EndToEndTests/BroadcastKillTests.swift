import Foundation
import JSON
import Outbound
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` of the router at any moment of a broadcast: nobody is forgotten, nobody gets it twice, and the counts are
  /// those of the rows.
  @Suite struct BroadcastKillTests {
    private static func number(_ index: Int) -> String { "+16506\(100_000 + index)" }

    @Test func `a router killed at random while a broadcast is fed and sent writes to everybody once`() async throws {
      let plan = KillPlan.fromEnvironment((600, 5_000), size: "BROADCAST_RECIPIENTS", kills: (4, 20))
      print("broadcast kill run: \(plan.size) recipients, \(plan.kills) kills, KILL_SEED=\(plan.seed)")
      try await Product.run { product in
        let own = try await Self.draft(plan.size, product)
        try await product.story.call("POST", own + "/start")
        let inFlight = try await Self.play(plan, product)
        var view = JSONValue.null
        try await eventually(within: .seconds(60 + plan.size / 20), "the broadcast is over and heard of") {
          view = try await product.story.call("GET", own)
          let heard = (view["counts"]?["read"]?.int64 ?? 0) + (view["counts"]?["unknown"]?.int64 ?? 0)
          let pending = await product.world.webhooks.pending()
          return view["state"] == "completed" && heard == plan.size && pending == 0
        }
        try await product.services.stop()
        try await Self.judge(plan, product, view, inFlight)
      }
    }

    /// A draft with everybody in it, of a sender that nothing holds up; its path.
    private static func draft(_ recipients: Int, _ product: Product) async throws -> String {
      let story = product.story
      let sender = try await story.create(Story.number)
      let signup = try product.world.signUp(phone: PhoneDigits(Story.number), name: "Flower Shop")
      try product.world.changeNumber(Story.number) { number in
        number.condition.messagingLimit = "TIER_UNLIMITED"
        number.condition.throughput = "HIGH"
      }
      try await story.connect(sender, signup, code: signup.code)
      try await story.wait(for: "online", of: sender)
      var template = JSONValue.null
      try await eventually(within: .seconds(20), "the account's own template is known") {
        let page = try await story.call("GET", "/v1/senders/\(sender)/templates")
        template = page["data"]?.array?.first { $0["name"] == "hello_world" }?["id"] ?? .null
        return template != .null
      }
      let made = try await story.call(
        "POST", "/v1/broadcasts", ["sender_id": .string(sender), "template_id": template, "name": "To all"])
      let own = "/v1/broadcasts/\(made["id"]?.string ?? "")"
      let link = try await story.call("POST", own + "/upload")["upload_url"]?.string ?? ""
      let file = "to\n" + (0..<recipients).map { number($0) + "\n" }.joined()
      #expect(try await story.fetch(link, method: "PUT", body: Array(file.utf8)).status == 200)
      #expect(try await story.call("GET", own)["counts"]?["pending"]?.int64 == Int64(recipients))
      return own
    }

    /// Kills the router when so many sends have arrived at Meta, drawn from the seed; the messages that were `sending` at
    /// a kill.
    private static func play(_ plan: KillPlan, _ product: Product) async throws -> Set<String> {
      var chance = Dice(seed: plan.seed)
      // Some sends take a while, so that kills find some under way.
      try product.world.faults.order(
        Fault(.delay, at: "graph.messages", count: nil, probability: 0.3, parameters: .init(milliseconds: 30)))
      var inFlight: Set<String> = []
      let moments = (0..<plan.kills).map { _ in Int.random(in: 0...plan.size * 9 / 10, using: &chance) }.sorted()
      for moment in moments {
        try await eventually(within: .seconds(60), "\(moment) sends of \(plan.size) have arrived") {
          product.world.ledger.totals.messagesArrived >= moment
        }
        try await product.services.kill(.messagingRouter)
        let copy = try DatabaseCopy.router(product.services)
        for row in try await copy.rows("SELECT id FROM messages WHERE status = 'sending'", columns: 1) {
          if let id = row[0] { inFlight.insert(id) }
        }
        copy.close()
        try product.services.launch(.messagingRouter)
        try await product.services.ready(.messagingRouter)
      }
      return inFlight
    }

    private static func judge(_ plan: KillPlan, _ product: Product, _ view: JSONValue, _ inFlight: Set<String>)
      async throws
    {
      let ledger = product.world.ledger
      let copy = try DatabaseCopy.router(product.services)
      defer { copy.close() }
      let rows = try await copy.rows(
        """
        SELECT r.recipient, r.state, m.id, m.status
        FROM broadcast_recipients r LEFT JOIN messages m ON m.id = r.message_id
        """, columns: 4)
      #expect(Set(rows.compactMap { $0[0] }) == Set((0..<plan.size).map { number($0) }))
      #expect(rows.count == plan.size && Set(rows.map { $0[2] }).count == plan.size)
      #expect(try await copy.count("SELECT count(*) FROM messages WHERE broadcast_id IS NOT NULL") == plan.size)
      var statuses: [String: Int] = [:]
      for row in rows {
        let (id, status) = (row[2] ?? "none", row[3] ?? "none")
        statuses[status, default: 0] += 1
        let tally = ledger.tally(callbackData: id)
        #expect(row[1] == "fed" && tally.arrived <= 1, "\(id) reached Meta \(tally.arrived) times")
        if status == "unknown" {
          #expect(inFlight.contains(id), "\(id) is unknown but was not under way at a kill")
          #expect(tally.accepted == 0, "\(id) stays unknown although its statuses came")
        } else {
          #expect(tally.accepted == 1, "\(id) is \(status), and Meta has it \(tally.accepted) times")
        }
      }
      let people = ledger.messages(limit: 1_000_000) { $0.outcome == .accepted }.page.map(\.recipient)
      #expect(Set(people).count == people.count)
      #expect(people.count == plan.size - statuses["unknown", default: 0])
      #expect(ledger.repeatedCallbackData.isEmpty)
      // What people are shown is what the rows say.
      let counts = view["counts"]
      for (name, of) in [
        ("sent", ["accepted", "sent"]), ("delivered", ["delivered"]), ("read", ["read", "played"]),
        ("unknown", ["unknown"]), ("failed", ["failed"]), ("queued", ["queued", "sending"]),
      ] {
        #expect(
          counts?[name]?.int64 == Int64(of.map { statuses[$0, default: 0] }.reduce(0, +)), "\(name): \(statuses)")
      }
      #expect(counts?["pending"] == 0 && counts?["recipients"]?.int64 == Int64(plan.size))
      print("broadcast kill run: in flight at the kills \(inFlight.count), rows \(statuses)")
    }
  }
}
