import JSON
import SandboxWorld
import TestSupport
import Testing

/// What the sandbox's Meta refuses of a message's content, with Meta's codes.
@Suite(.timeLimit(.minutes(1))) struct SandboxContentTests {
  private static func body(_ type: String, _ content: JSONValue, context: String? = nil) -> JSONValue {
    var body: JSONObject = [
      "messaging_product": "whatsapp", "to": "+16505550100", "type": .string(type),
    ]
    body[type] = content
    if let context { body["context"] = ["message_id": .string(context)] }
    return .object(body)
  }

  private static func buttons(_ titles: [String]) -> JSONValue {
    [
      "type": "button", "body": ["text": "b"],
      "action": [
        "buttons": .array(titles.map { ["type": "reply", "reply": ["id": .string("i" + $0), "title": .string($0)]] })
      ],
    ]
  }

  private static let refusals: [(JSONValue, Int64)] = [
    (body("image", [:]), 131_008),
    (body("image", ["link": "ftp://a.example"]), 131_009),
    (body("image", ["link": "https://a.example", "caption": .string(String(repeating: "x", count: 1_025))]), 100),
    (body("sticker", ["link": "https://a.example", "caption": "a"]), 100),
    (body("location", ["latitude": 91, "longitude": 0]), 131_009),
    (body("location", ["latitude": 1]), 131_008),
    (body("contacts", [["name": ["formatted_name": "Ann"]]]), 131_008),
    (body("contacts", []), 131_009),
    (body("reaction", ["message_id": "wamid.nobody", "emoji": "👍"]), 131_009),
    (body("reaction", ["emoji": "👍"]), 131_008),
    (body("interactive", buttons([])), 131_009),
    (body("interactive", buttons(["a", "b", "c", "d"])), 131_009),
    (body("interactive", buttons(["a title of more than 20"])), 131_009),
    (body("interactive", ["type": "button", "action": [:]]), 131_008),
    (
      body("interactive", ["type": "list", "body": ["text": "b"], "action": ["button": "o", "sections": []]]), 131_009
    ),
    (
      body(
        "interactive",
        ["type": "cta_url", "body": ["text": "b"], "action": ["name": "cta_url", "parameters": ["url": "x"]]]), 131_008
    ),
    (body("interactive", ["type": "hologram", "body": ["text": "b"], "action": [:]]), 131_009),
    (body("hologram", [:]), 131_051),
    (["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.nobody"], 131_009),
  ]

  @Test func `content that Meta would refuse is refused with its code`() async throws {
    let scene = try await SandboxScene.open()
    try await scene.openWindow()
    for (message, code) in Self.refusals {
      let answer = try await scene.send(message)
      #expect(answer.errorCode == code, "\(message) \(answer.body)")
    }
    #expect(try await scene.send(Self.body("interactive", Self.buttons(["a", "b", "c"]))).status == 200)
    let ledger = try await scene.client.call("GET", "/control/ledger/messages")
    #expect(ledger.body["messages"]?.array?.last?["content"]?["type"] == "button")
    await scene.end()
  }
}
