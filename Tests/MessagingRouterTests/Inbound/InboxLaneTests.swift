import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing

@Suite struct InboxLaneTests {
  private let sender = TestSender()

  /// Both kinds in one body: a message of a customer and a status of a message of ours.
  private func mixed(_ number: Int, of id: String) -> String {
    WebhookBody.batch(
      messages: [WebhookBody.text("wamid.in.\(number)", "m\(number)")],
      statuses: [WebhookBody.status(["sent", "delivered", "read"][number], of: "wamid.of.\(id)")])
  }

  /// A message of ours that Meta has accepted.
  private func accepted(_ router: RunningRouter) async throws -> String {
    try await router.open(sender)
    let id = try await router.send("hello", from: sender).id.text
    try await router.becomes(id, "accepted")
    return id
  }

  /// From now on writing to `table` fails as a broken store does: nothing is wrong with the data.
  private func breakTable(_ table: String, _ router: RunningRouter) async throws {
    try await router.database.write {
      try $0.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON \(table) BEGIN SELECT * FROM no_such_table; END")
    }
  }

  private func mend(_ router: RunningRouter) async throws {
    try await router.database.write { try $0.execute("DROP TRIGGER broken") }
  }

  @Test func `messages that cannot be stored hold up no status, and come in order once they can`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let id = try await accepted(router)
      try await breakTable("messages", router)
      for number in 0..<3 { try await router.webhook(mixed(number, of: id)) }
      try await router.becomes(id, "read")
      #expect(try await harness.receipts.events(3).map(\.status) == [.sent, .delivered, .read])
      #expect(try await router.text("SELECT count(*) FROM messages WHERE direction = 'inbound'") == ["1"])
      #expect(try await router.text("SELECT lanes_done FROM inbox") == ["2", "2", "2"])
      try await mend(router)
      try await eventually("the messages are stored") { try await router.count("inbox") == 0 }
      #expect(
        try await router.text("SELECT text FROM messages WHERE direction = 'inbound' ORDER BY sequence") == [
          "hello", "m0", "m1", "m2",
        ])
      #expect(try await router.count("inbox_poison") == 0)
    }
  }

  @Test func `statuses that cannot be stored hold up no message, and are told in order once they can`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let id = try await accepted(router)
      try await breakTable("message_statuses", router)
      for number in 0..<3 { try await router.webhook(mixed(number, of: id)) }
      try await eventually("the messages are stored") {
        try await router.text("SELECT count(*) FROM messages WHERE direction = 'inbound'") == ["4"]
      }
      #expect(try await router.status(id) == "accepted")
      try await mend(router)
      try await eventually("the statuses are stored") { try await router.count("inbox") == 0 }
      #expect(try await harness.receipts.events(3).map(\.status) == [.sent, .delivered, .read])
    }
  }

  @Test func `a stop between the two lanes loses nothing and doubles nothing`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let id = try await accepted(router)
      try await breakTable("messages", router)
      for number in 0..<3 { try await router.webhook(mixed(number, of: id)) }
      try await router.becomes(id, "read")
      await router.stop()
      let again = try await harness.start()
      try await mend(again)
      try await eventually("the messages are stored") { try await again.count("inbox") == 0 }
      #expect(try await again.text("SELECT count(*) FROM messages WHERE direction = 'inbound'") == ["4"])
      #expect(try await again.text("SELECT count(*) FROM message_statuses") == ["3"])
      #expect(try await harness.receipts.events(3).map(\.status) == [.sent, .delivered, .read])
      try await again.isQuiet()
      #expect(harness.receipts.arrived.count == 0)
    }
  }

  @Test func `a body half of which is about an unknown number waits with that half only`() async throws {
    let late = TestSender(2)
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      let id = try await accepted(router)
      let change =
        #"{"field":"messages","value":{"metadata":{"phone_number_id":"pn-2"},"messages":[\#(WebhookBody.text("wamid.late", "hi"))]}}"#
      let status =
        #"{"field":"messages","value":{"metadata":{"phone_number_id":"pn-1"},"statuses":[\#(WebhookBody.status("sent", of: "wamid.of.\(id)"))]}}"#
      try await router.webhook(WebhookBody.changes([change, status]))
      try await router.becomes(id, "sent")
      try await eventually("it waits") { try await router.text("SELECT state FROM inbox") == ["2"] }
      #expect(try await router.text("SELECT lane || phone_number_id FROM inbox_awaited") == ["1pn-2"])
      harness.registry.publish(late)
      try await eventually("the rest is stored") { try await router.count("inbox") == 0 }
      #expect(try await router.text("SELECT text FROM messages WHERE meta_message_id = 'wamid.late'") == ["hi"])
      #expect(try await router.count("message_statuses") == 1)
    }
  }

  @Test func `a thousand bodies of one update each, both kinds in turn, all get through`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      let id = try await accepted(router)
      for number in 0..<500 {
        try await router.webhook(WebhookBody.batch(messages: [WebhookBody.text("wamid.in.\(number)", "m\(number)")]))
        try await router.webhook(
          WebhookBody.batch(statuses: [
            WebhookBody.status("sent", of: number == 0 ? "wamid.of.\(id)" : "wamid.x\(number)")
          ]))
      }
      try await eventually(within: .seconds(20), "stored") { try await router.count("inbox") == 0 }
      #expect(try await router.text("SELECT count(*) FROM messages WHERE direction = 'inbound'") == ["501"])
      #expect(try await router.count("held_statuses") == 499)
      let order = try await router.text("SELECT text FROM messages WHERE direction = 'inbound' ORDER BY sequence")
      #expect(order.dropFirst() == ArraySlice((0..<500).map { "m\($0)" }))
    }
  }
}
