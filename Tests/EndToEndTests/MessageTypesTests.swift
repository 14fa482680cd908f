import Contracts
import JSON
import SandboxWorld
import TestSupport
import Testing

extension EndToEnd {
  /// Every kind of message, from the REST API to the customer's phone.
  @Suite struct MessageTypesTests {
    private static let photo: JSONValue = ["link": "https://flowers.example/a.jpg", "caption": "Peonies"]
    private static let card: JSONValue = ["name": ["formatted_name": "Ann Lee", "first_name": "Ann"]]

    /// What is asked, and what the phone has to show.
    private static let messages: [(content: JSONObject, type: String, words: String)] = [
      (["text": "See https://flowers.example", "preview_url": true], "text", "See https://flowers.example"),
      (["image": photo], "image", "Peonies"),
      (["video": ["link": "https://flowers.example/a.mp4"]], "video", ""),
      (["audio": ["link": "https://flowers.example/a.ogg", "is_voice": true]], "audio", ""),
      (["document": ["link": "https://flowers.example/a.pdf", "filename": "a.pdf"]], "document", ""),
      (["sticker": ["link": "https://flowers.example/a.webp"]], "sticker", ""),
      (["location": ["latitude": 37.5, "longitude": -122.25, "name": "Flower Shop"]], "location", "Flower Shop"),
      (["contacts": [card]], "contacts", "Ann Lee"),
      (
        [
          "interactive": [
            "type": "button", "body": ["text": "Deliver?"],
            "header": ["type": "image", "image": ["link": "https://flowers.example/a.jpg"]],
            "action": ["buttons": [["reply": ["id": "y", "title": "Yes"]], ["reply": ["id": "n", "title": "No"]]]],
          ]
        ], "interactive", "Deliver?"
      ),
      (
        [
          "interactive": [
            "type": "list", "body": ["text": "Which?"],
            "action": ["button": "Flowers", "sections": [["rows": [["id": "r", "title": "Roses"]]]]],
          ]
        ], "interactive", "Which?"
      ),
      (
        [
          "interactive": [
            "type": "cta_url", "body": ["text": "Our shop"],
            "action": ["parameters": ["display_text": "Open", "url": "https://flowers.example"]],
          ]
        ], "interactive", "Our shop"
      ),
      (
        [
          "interactive": [
            "type": "flow", "body": ["text": "Book"],
            "action": ["parameters": ["flow_id": "123", "flow_cta": "Book", "flow_token": "t"]],
          ]
        ], "interactive", "Book"
      ),
      (
        ["interactive": ["type": "location_request_message", "body": ["text": "Where?"], "action": [:]]],
        "interactive", "Where?"
      ),
    ]

    @Test func `every kind of message reaches the phone as it was sent, and Meta finds nothing to refuse`() async throws
    {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        try await story.converse("hello", with: shop)
        let phone = try #require(PhoneDigits(Story.customer))
        let all = try await story.call("GET", "/v1/messages?sender_id=\(shop.sender)&limit=100")
        let question = try #require(all["data"]?.array?.first { $0["text"] == "hello" }?["id"])
        var wanted = Self.messages
        wanted.append((["reaction": ["message_id": question, "emoji": "👍"]], "reaction", "👍"))
        wanted.append((["text": "An answer", "reply_to": question], "text", "An answer"))
        for (content, type, words) in wanted {
          var body = content
          body["sender_id"] = .string(shop.sender)
          body["to"] = .string(Story.customer)
          let sent = try await story.call("POST", "/v1/messages", .object(body))
          let id = sent["id"]?.string ?? ""
          try await eventually(within: .seconds(20), "\(type) “\(words)” is on the phone") {
            product.world.phones[phone].inbox.contains {
              $0.callbackData == id && $0.type == type && $0.text == words
            }
          }
          let stored = try await story.call("GET", "/v1/messages/\(id)")
          #expect(stored["type"] == .string(type) && stored["error"] == nil, "\(stored)")
        }
        let list = product.world.phones[phone].inbox.first { $0.text == "Which?" }?.content
        #expect(list?["action"]?["sections"]?[0]?["rows"]?[0] == ["id": "r", "title": "Roses"])
        try await story.call("POST", "/v1/messages/\(question.string ?? "")/read", ["typing": true])
        let totals = product.world.ledger.totals
        #expect(totals.messagesRefused == 0 && totals.readReceipts == 1 && totals.typingIndicators == 1)
      }
    }

    @Test func `a refusal names the field, whether to try again, and what to do`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        func send(_ content: JSONObject) async throws -> SandboxClient.Answer {
          var body = content
          body["sender_id"] = .string(shop.sender)
          if body["to"] == nil { body["to"] = "+16505550199" }
          return try await story.api.send(
            try story.request(
              "POST", "/v1/messages", .object(body), idempotencyKey: "k-\(UInt32.random(in: 0 ... .max))"))
        }
        let closed = try await send(["text": "hi"])
        #expect(closed.status == 409 && closed.body["code"] == "SESSION_EXPIRED")
        #expect(closed.body["session_status"]?["requires_template"] == true && closed.body["retriable"] == false)
        #expect(closed.body["next_step"]?.string?.isEmpty == false)
        let phone = try await send(["text": "hi", "to": "12"])
        #expect(phone.status == 400 && phone.body["code"] == "INVALID_PHONE" && phone.body["field"] == "to")
        let title = try await send([
          "interactive": [
            "type": "button", "body": ["text": "b"],
            "action": ["buttons": [["reply": ["id": "1", "title": "a title that is far too long"]]]],
          ]
        ])
        #expect(title.status == 400 && title.body["code"] == "LENGTH_OUT_OF_RANGE")
        #expect(title.body["field"] == "interactive.action.buttons[0].reply.title")
        #expect(product.world.ledger.totals.messagesRefused == 0)
      }
    }
  }
}
