import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport

/// Who is who, when Meta tells it in pieces.
@Suite struct ContactMergeTests {
  private let sender = TestSender()

  private func write(
    _ router: RunningRouter, _ id: String, from: String?, user: String? = nil, number: String = "pn-1"
  ) async throws {
    try await router.webhook(
      WebhookBody.batch(number: number, messages: [WebhookBody.text(id, id, from: from, user: user)]))
    try await router.isQuiet()
  }

  private func notice(
    _ router: RunningRouter, _ id: String, from: String?, user: String? = nil, type: String = "user_changed_number",
    number: String? = nil, newUser: String? = nil
  ) async throws {
    var system = [#""body":"changed""#, #""type":"\#(type)""#]
    if let number { system.append(#""wa_id":"\#(number)""#) }
    if let newUser { system.append(#""user_id":"\#(newUser)""#) }
    var members = [#""id":"\#(id)""#, #""timestamp":"1767225600""#, #""type":"system""#]
    if let from { members.append(#""from":"\#(from)""#) }
    if let user { members.append(#""from_user_id":"\#(user)""#) }
    members.append(#""system":{\#(system.joined(separator: ","))}"#)
    try await router.webhook(WebhookBody.batch(messages: ["{\(members.joined(separator: ","))}"]))
    try await router.isQuiet()
  }

  /// The contacts that are somebody, with their keys.
  private func contacts(_ router: RunningRouter) async throws -> [String] {
    try await router.text(
      """
      SELECT coalesce(user_id, '-') || ' ' || coalesce(phone_number, '-') FROM contacts
      WHERE merged_into IS NULL ORDER BY 1
      """)
  }

  private func history(_ router: RunningRouter) async throws -> [[String?]] {
    let page = try await router.caller.call(
      MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
    var all: [[String?]] = []
    for conversation in page.data {
      let messages = try await router.caller.call(
        MessagingRouterAPI.ListMessages(conversationID: conversation.id), account: sender.account)
      all.append(messages.data.map(\.text).reversed())
    }
    return all
  }

  @Test func `two conversations of one person with one sender become one, in order, and both ids answer`() async throws
  {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1")
      let before = try await router.caller.call(
        MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
      #expect(before.data.count == 2)
      try await write(router, "m3", from: "491510000001", user: "DE.1")
      #expect(try await contacts(router) == ["DE.1 +491510000001"])
      #expect(try await history(router) == [["m1", "m2", "m3"]])
      for old in before.data {
        let messages = try await router.caller.call(
          MessagingRouterAPI.ListMessages(conversationID: old.id), account: sender.account)
        #expect(messages.data.count == 3)
        let contact = try await router.caller.call(
          MessagingRouterAPI.GetContact(id: old.contact.id), account: sender.account)
        #expect(contact.userID == "DE.1" && contact.phoneNumber?.text == "+491510000001")
      }
      // The one that stays is the one with Meta's id.
      let after = try await router.caller.call(
        MessagingRouterAPI.ListConversations(senderID: sender.id), account: sender.account)
      #expect(after.data.map(\.id) == before.data.filter { $0.contact.userID == "DE.1" }.map(\.id))
    }
  }

  @Test func `what waits to be sent in the conversation that goes is sent to the same person`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { harness, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1")
      var away = sender
      away.status = .offline
      harness.registry.publish(away)
      try await router.knows(away)
      // Queued while the sender is away.
      let now = harness.time.now
      try await router.database.write { connection in
        try connection.execute(
          """
          INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, due_at,
            created_at, updated_at)
          SELECT 'msg_01KDXH0000000000000000000A', c.account_id, c.sender_id, c.id, 'outbound', 'text', 'waiting', 'queued', ?1, ?1, ?1
          FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE p.user_id IS NULL
          """, now)
      }
      try await router.webhook(
        WebhookBody.batch(messages: [WebhookBody.text("m3", "m3", from: "491510000001", user: "DE.1")]))
      try await eventually("merged") {
        try await router.text(
          "SELECT count(*) FROM outbound_lanes l JOIN conversations c ON c.id = l.conversation_id WHERE c.merged_into IS NULL"
        ) == ["1"]
      }
      harness.registry.publish(sender)
      let send = try await harness.graph.arrived.next("the waiting message")
      #expect(MetaAnswers.text(send) == "waiting" && MetaAnswers.recipient(send) == "+491510000001")
    }
  }

  @Test func `an opt-out of either contact holds for both, the later word counts`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "STOP", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1")
      try await write(router, "m3", from: "491510000001", user: "DE.1")
      let page = try await router.caller.call(MessagingRouterAPI.ListContacts(), account: sender.account)
      #expect(page.data.map(\.isOptedOut) == [true])
      let said = try await router.caller.call(
        MessagingRouterAPI.ListPreferenceChanges(contactID: page.data[0].id), account: sender.account)
      #expect(said.data.map(\.source) == [.keyword])
    }
  }

  @Test
  func `known by number at one sender and by id at another of the portfolio, joined by the first message with both`()
    async throws
  {
    let second = TestSender(2)
    try await MessagingRouterHarness.run(senders: [sender, second]) { _, router in
      try await write(router, "m1", from: "491510000001")
      try await write(router, "m2", from: nil, user: "DE.1", number: "pn-2")
      try await write(router, "m3", from: "491510000001", user: "DE.1")
      #expect(try await contacts(router) == ["DE.1 +491510000001"])
      #expect(try await history(router) == [["m1", "m3"]])
      #expect(try await router.text("SELECT count(*) FROM conversations WHERE merged_into IS NULL") == ["2"])
    }
  }

  @Test(arguments: ["user_changed_number", "user_changed_user_id"])
  func `a change of number or id keeps the conversation, also with only one of the keys told`(type: String) async throws
  {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      let isNumber = type == "user_changed_number"
      try await notice(
        router, "n1", from: "491510000001", type: type, number: isNumber ? "491510000009" : nil, newUser: "DE.9")
      try await write(router, "m2", from: nil, user: "DE.9")
      #expect(try await contacts(router) == ["DE.9 +49151000000\(isNumber ? 9 : 1)"])
      #expect(try await history(router) == [["m1", "changed", "m2"]])
      // The old id never comes back as somebody else.
      try await write(router, "late", from: nil, user: "DE.1")
      #expect(try await contacts(router) == ["DE.9 +49151000000\(isNumber ? 9 : 1)"])
    }
  }

  @Test func `whoever wrote under the new id before Meta's notice came is the same person`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      let first = try await router.text("SELECT id FROM conversations")
      try await write(router, "m2", from: "491510000009", user: "DE.9")
      try await notice(router, "n1", from: "491510000001", user: "DE.1", number: "491510000009", newUser: "DE.9")
      #expect(try await contacts(router) == ["DE.9 +491510000009"])
      #expect(try await history(router) == [["m1", "m2", "changed"]])
      #expect(try await router.text("SELECT id FROM conversations WHERE merged_into IS NULL") == first)
    }
  }

  @Test func `a new number that was somebody else's takes nothing of them along`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "theirs", from: "491510000009", user: "DE.5")
      try await write(router, "m1", from: "491510000001", user: "DE.1")
      try await notice(router, "n1", from: "491510000001", user: "DE.1", number: "491510000009", newUser: "DE.9")
      #expect(try await contacts(router) == ["DE.5 -", "DE.9 +491510000009"])
      #expect(try await history(router).map(\.count).sorted() == [1, 2])
    }
  }

  @Test func `a notice about somebody unknown makes one contact under the new keys`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await notice(router, "n1", from: "491510000001", number: "491510000009", newUser: "DE.9")
      #expect(try await contacts(router) == ["DE.9 +491510000009"])
      // Meta's notice is not the customer's word.
      #expect(try await router.text("SELECT coalesce(window_expires_at, 'closed') FROM conversations") == ["closed"])
    }
  }

  @Test func `a status tells the id of somebody who was known by number alone, and no other spelling of it`()
    async throws
  {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "5511912345678")
      let id = try await router.send("hello", from: sender, to: "+5511912345678").id.text
      try await router.becomes(id, "accepted")
      let status =
        #"{"id":"wamid.of.\#(id)","status":"sent","timestamp":"1767225600","recipient_id":"551112345678","recipient_user_id":"BR.1","recipient_type":"individual"}"#
      try await router.webhook(WebhookBody.batch(statuses: [status]))
      try await router.becomes(id, "sent")
      #expect(try await contacts(router) == ["BR.1 +5511912345678"])
    }
  }

  @Test func `a status joins two contacts, and what was dialled finds the one that stays`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await write(router, "m1", from: "5511912345678")
      try await write(router, "m2", from: "551112345678", user: "BR.1")
      let id = try await router.send("hello", from: sender, to: "+5511912345678").id.text
      try await router.becomes(id, "accepted")
      let status =
        #"{"id":"wamid.of.\#(id)","status":"sent","timestamp":"1767225600","recipient_id":"551112345678","recipient_user_id":"BR.1"}"#
      try await router.webhook(WebhookBody.batch(statuses: [status]))
      try await router.becomes(id, "sent")
      try await eventually("joined") { try await contacts(router) == ["BR.1 +551112345678"] }
      #expect(try await history(router) == [["m1", "m2", "hello"]])
      // The spelling that people dial goes to the same conversation.
      _ = try await router.send("again", from: sender, to: "+5511912345678")
      try await router.isQuiet()
      #expect(try await history(router) == [["m1", "m2", "hello", "again"]])
    }
  }

  @Test func `names and usernames are learned, and a message without a number keeps the number`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      try await router.webhook(
        WebhookBody.batch(
          contacts: [
            #"{"profile":{"name":"Ann","username":"ann.flowers"},"wa_id":"491510000001","user_id":"DE.1","parent_user_id":"DE.P"}"#
          ], messages: [WebhookBody.text("m1", "m1", from: "491510000001", user: "DE.1")]))
      try await router.isQuiet()
      // Nothing says who wrote but the only contact of the value.
      try await router.webhook(
        WebhookBody.batch(
          contacts: [#"{"profile":{"username":"ann.roses"},"user_id":"DE.1"}"#],
          messages: [WebhookBody.text("m2", "m2", from: nil)]))
      try await router.isQuiet()
      let page = try await router.caller.call(MessagingRouterAPI.ListContacts(), account: sender.account)
      #expect(page.data.map(\.username) == ["ann.roses"])
      #expect(page.data.map(\.name) == ["Ann"] && page.data.map(\.phoneNumber?.text) == ["+491510000001"])
      #expect(try await router.text("SELECT parent_user_id FROM contacts") == ["DE.P"])
    }
  }
}
