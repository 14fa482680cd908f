import Contracts
import MessagingRouterHarness
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import MessagingRouter

/// However much customers write, what they wrote can be read.
@Suite struct LongContentTests {
  let sender = TestSender()

  @Test func `a page ends early where its messages are long, and the pages have all of them`() async throws {
    try await MessagingRouterHarness.run(senders: [sender]) { _, router in
      // Quotes take two bytes in JSON, control characters six: what is sent here comes out larger.
      let words = String(repeating: #"\u0001\""#, count: 8_000)
      for batch in 0..<6 {
        let texts = (0..<10).map { WebhookBody.text("w\(batch)-\($0)", "\(batch)-\($0) " + words) }
        try await router.webhook(WebhookBody.batch(messages: texts))
      }
      try await eventually("all are stored") { try await router.count("messages") == 60 }
      let conversation = ConversationID(trusted: try await router.text("SELECT id FROM conversations").first ?? "")
      var seen: [String] = []
      var cursor: String?
      var pages = 0
      repeat {
        let page = try await router.caller.call(
          MessagingRouterAPI.ListMessages(conversationID: conversation, cursor: cursor), account: sender.account)
        #expect(!page.data.isEmpty && page.data.count < 25)
        seen += page.data.map { String($0.text?.prefix(3) ?? "") }
        cursor = page.nextCursor
        pages += 1
      } while cursor != nil && pages < 100
      #expect(Set(seen).count == 60 && seen.count == 60)
      let all = try await router.caller.call(
        MessagingRouterAPI.SearchMessages(senderID: sender.id, limit: 100), account: sender.account)
      #expect(!all.data.isEmpty && all.nextCursor != nil)
    }
  }

  @Test func `words and cards beyond all measure are cut, and Meta's own stay beside`() async throws {
    let store = try await InboundStore()
    defer { store.close() }
    let words = "ä" + String(repeating: "\u{1F600}", count: 20_000)
    let cards = (0..<100).map {
      #"{"name":{"formatted_name":"Card \#($0) \#(String(repeating: "x", count: 5_000))"},"phones":[{"phone":"+49151\#($0)"}]}"#
    }.joined(separator: ",")
    try await store.take(
      WebhookBody.batch(messages: [
        WebhookBody.text("w1", words),
        #"{"id":"w2","from":"4915112345678","timestamp":"1767225600","type":"contacts","contacts":[\#(cards)]}"#,
      ]))
    let lengths = try await store.database.read {
      try $0.all(
        "SELECT coalesce(length(CAST(text AS BLOB)), 0), coalesce(length(content), 0), length(raw) FROM messages ORDER BY sequence"
      ) { (try $0.int(0), try $0.int(1), try $0.int(2)) }
    }
    #expect(lengths.count == 2)
    #expect((InboundContent.longestWords - 4...InboundContent.longestWords).contains(lengths[0].0))
    #expect((1...InboundContent.longestContent).contains(lengths[1].1))
    #expect(lengths[0].2 > 80_000 && lengths[1].2 > 500_000)
    #expect(
      try await store.text("SELECT substr(text, 1, 2) FROM messages WHERE meta_message_id = 'w1'") == ["ä\u{1F600}"])
    let page = try await store.database.read { connection -> Page<Message> in
      let conversation = try connection.first("SELECT id FROM conversations", map: { try $0.text(0) })
      let found = try MessageRow.list(
        conversation: conversation ?? "", account: InboundStore.account, before: nil, limit: 26, connection)
      return .page(found, limit: 25)
    }
    #expect(page.data.count == 2 && page.nextCursor == nil)
    #expect(page.data.first?.content?.contacts?.count == 50)
  }
}
