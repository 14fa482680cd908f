import Contracts
import GraphAPI
import MessagingRouterHarness
import Store
import TestSupport
import Testing

@testable import MessagingRouter

/// Bodies that wait for a number: what they keep, and how many there may be.
@Suite struct DeferredBodyTests {
  private func change(_ number: String, _ id: String, _ words: String, status: String? = nil) -> String {
    let statuses = status.map { #","statuses":[\#(WebhookBody.status("sent", of: $0))]"# } ?? ""
    return
      #"{"field":"messages","value":{"metadata":{"phone_number_id":"\#(number)"},"messages":[\#(WebhookBody.text(id, words))]\#(statuses)}}"#
  }

  @Test func `a body that waits keeps what it waits for, and brings nobody back who was erased`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let outcomes = try await store.take(
      WebhookBody.changes([change("pn-1", "w1", "my words"), change("pn-9", "w9", "for later", status: "s9")]))
    #expect(outcomes == [.stored, .unknownNumber, .unknownNumber])
    let kept = try await store.text("SELECT CAST(body AS TEXT) FROM inbox WHERE state = 2")
    #expect(kept.count == 1 && kept.allSatisfy { $0.contains("for later") && !$0.contains("my words") })
    try await store.erase(try await store.contact("+4915112345678"))
    try await store.publish("9", portfolio: "portfolio-9")
    #expect(try await store.revive() == [.stored, .held])
    #expect(try await store.text("SELECT meta_message_id || sender_id FROM messages") == ["w9snd_9"])
    #expect(try await store.count("inbox") == 0)
    #expect(try await store.text("SELECT sum(bodies) || ' ' || sum(bytes) FROM inbox_deferred_totals") == ["0 0"])
  }

  @Test func `statuses alone wait as well, beside those of a known number`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    func statuses(_ number: String) -> String {
      #"{"field":"messages","value":{"metadata":{"phone_number_id":"\#(number)"},"statuses":[\#(WebhookBody.status("sent", of: "s-\(number)"))]}}"#
    }
    try await store.take(WebhookBody.changes(["pn-1", "pn-8", "pn-9"].map(statuses)))
    for number in ["8", "9"] {
      try await store.publish(number)
      #expect(try await store.revive() == (number == "8" ? [.held, .unknownNumber] : [.held]))
    }
    #expect(try await store.count("inbox") == 0)
    #expect(try await store.count("held_statuses") == 3)
  }

  @Test func `a place in a body stays where it was`() throws {
    let body = WebhookBody.changes([change("pn-1", "w1", "x"), change("pn-9", "", "x")])
    let part = try #require(WebhookBatch.only(phoneNumberIDs: ["pn-9"], of: Array(body.utf8)))
    let updates = try WebhookBatch.parse(part)
    guard updates.count == 1, case .poison(let path, _, _)? = updates.first else {
      Issue.record("\(updates)")
      return
    }
    #expect(path == "entry[0].changes[1].messages[0]")
  }

  @Test func `a number that never becomes ours takes no other's place, and is told of a hundred times`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(WebhookBody.changes([change("pn-9", "first", "x")]))
    try await store.database.write { connection in
      for number in 0..<(DeferredBodies.bodiesOfOne + 150) {
        let body = Array(WebhookBody.changes([change("foreign", "f\(number)", "x")]).utf8)
        try InboxRow.insert(body, at: 1, connection)
        let id = connection.lastInsertRowID
        let part = InboxPart.parse(body, id: id, keywords: OptOutKeywords(out: "", back: ""))[.messages]
        var senders = SenderLookup()
        _ = try part?.store(with: &senders, at: 1, connection)
      }
    }
    let totals = try await store.text(
      "SELECT phone_number_id || ' ' || bodies || ' ' || given_up FROM inbox_deferred_totals ORDER BY 1")
    #expect(totals == ["foreign \(DeferredBodies.bodiesOfOne) 150", "pn-9 1 0"])
    #expect(try await store.count("inbox_poison") == DeferredBodies.setAsideOfOne)
    #expect(try await store.text("SELECT count(*) FROM inbox WHERE deferred_for = 'pn-9'") == ["1"])
    // The oldest went first.
    let oldest = try await store.text("SELECT CAST(body AS TEXT) FROM inbox ORDER BY id LIMIT 1 OFFSET 1")
    #expect(oldest.count == 1 && oldest.allSatisfy { $0.contains("f150") })
    try await store.publish("9")
    #expect(try await store.revive() == [.stored])
  }

  @Test(arguments: ["bodies", "bytes"])
  func `of all that wait whoever has most gives way`(measure: String) async throws {
    let store = try await InboundStore()
    defer { store.close() }
    try await store.take(WebhookBody.changes([change("large", "w1", "x")]))
    try await store.take(WebhookBody.changes([change("small", "w2", "x")]))
    // As if the others were there.
    let most = measure == "bodies" ? DeferredBodies.bodies : DeferredBodies.bytes
    try await store.write(
      """
      INSERT INTO inbox_deferred_totals (phone_number_id, bodies, bytes) VALUES ('many', 1, 1);
      """)
    try await store.write("UPDATE inbox_deferred_totals SET \(measure) = \(most / 4) WHERE phone_number_id = 'many'")
    try await store.write(
      "UPDATE inbox_deferred_totals SET \(measure) = \(most * 3 / 4 - 1) WHERE phone_number_id = 'large'")
    try await store.write("UPDATE inbox_deferred_totals SET given_up = 1000 WHERE phone_number_id = 'large'")
    try await store.take(WebhookBody.changes([change("small", "w3", "x")]))
    #expect(try await store.text("SELECT deferred_for FROM inbox ORDER BY id") == ["small", "small"])
    #expect(try await store.count("inbox_poison") == 0)
  }

  @Test func `what waits, and what of a number is oldest, is found without a walk`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let plan = try await store.database.read {
      try $0.all(
        "EXPLAIN QUERY PLAN SELECT id, body FROM inbox WHERE state = 2 AND deferred_for = 'x' ORDER BY id LIMIT 1"
      ) { try $0.text(3) }
    }
    #expect(plan.allSatisfy { $0.contains("INDEX inbox_deferred_for") && !$0.contains("TEMP") }, "\(plan)")
  }
}
