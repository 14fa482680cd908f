import JSON
import SandboxWorld
import TestSupport
import Testing

/// Meta's templates: pages, refusals, reviews with their webhooks, and sends that are checked against them.
@Suite(.timeLimit(.minutes(1))) struct SandboxTemplateTests {
  static let two: JSONValue = [
    ["type": "BODY", "text": "Hello {{1}}, your order {{2}} is ready.", "example": ["body_text": [["Ann", "7"]]]]
  ]

  private func create(_ scene: SandboxScene, _ name: String, _ components: JSONValue) async throws
    -> SandboxClient.Answer
  {
    try await scene.client.call(
      "POST", "/v26.0/\(scene.accountID)/message_templates",
      ["name": .string(name), "language": "en_US", "category": "UTILITY", "components": components],
      token: scene.token)
  }

  private func send(_ scene: SandboxScene, _ name: String, _ components: JSONValue) async throws -> Int64? {
    try await scene.send([
      "messaging_product": "whatsapp", "to": .string(SandboxScene.customer), "type": "template",
      "template": ["name": .string(name), "language": ["code": "en_US"], "components": components],
    ]).errorCode
  }

  @Test func `the list comes in small pages, each template once`() async throws {
    let scene = try await SandboxScene.open()
    _ = try await scene.client.call("PUT", "/control/template-habits", ["page_size": 3])
    for number in 0..<7 { _ = try await create(scene, "order_\(number)", Self.two) }
    var names: [String] = []
    var after = ""
    var pages = 0
    while true {
      let page = try await scene.client.call(
        "GET", "/v26.0/\(scene.accountID)/message_templates?limit=100\(after)", token: scene.token)
      names += (page.body["data"]?.array ?? []).compactMap { $0["name"]?.string }
      pages += 1
      guard page.body["paging"]?["next"] != nil, let cursor = page.body["paging"]?["cursors"]?["after"]?.string else {
        break
      }
      after = "&after=\(cursor)"
    }
    #expect(pages == 3 && names.sorted() == ["hello_world"] + (0..<7).map { "order_\($0)" })
    await scene.end()
  }

  @Test func `a template that Meta would not take is refused with its subcode`() async throws {
    let scene = try await SandboxScene.open()
    func body(_ text: String) -> JSONValue { [["type": "BODY", "text": .string(text)]] }
    let long = String(repeating: "a ", count: 600)
    let refused: [(JSONValue, Int64)] = [
      (body(long), 2_388_040), (body("a\n\n\nb"), 2_388_072), (body("{{1}} is here for you"), 2_388_299),
      (body("Hi {{1}} and {{2}} ok"), 2_388_293), (body("Hello dear {{1}}, it is ready"), 2_388_043),
      ([["type": "HEADER", "format": "TEXT", "text": "*x*"], ["type": "BODY", "text": "Hi"]], 2_388_047),
      ([["type": "BODY", "text": "Hi"], ["type": "FOOTER", "text": "By {{1}}"]], 2_388_073),
    ]
    for (components, subcode) in refused {
      let answer = try await create(scene, "order_1", components)
      #expect(answer.errorCode == 100 && answer.body["error"]?["error_subcode"]?.int64 == subcode)
    }
    #expect(try await create(scene, "order_1", Self.two).status == 200)
    #expect(try await create(scene, "order_1", Self.two).body["error"]?["error_subcode"] == 2_388_024)
    _ = try await scene.client.call("PUT", "/control/template-habits", ["limit": 2])
    #expect(try await create(scene, "order_2", Self.two).body["error"]?["error_subcode"] == 2_388_019)
    _ = try await scene.client.call("PUT", "/control/template-habits", ["creations_per_hour": 1])
    #expect(try await create(scene, "order_3", Self.two).errorCode == 80_008)
    await scene.end()
  }

  @Test func `decisions change the template and are told with its id as a number`() async throws {
    let scene = try await SandboxScene.open()
    let id = try await create(scene, "order_1", Self.two).body["id"]?.string ?? ""
    func status() async throws -> JSONValue? {
      try await scene.client.call("GET", "/v26.0/\(id)?fields=status", token: scene.token).body["status"]
    }
    #expect(try await status() == "PENDING")
    for (event, after) in [("APPROVED", "APPROVED"), ("FLAGGED", "APPROVED"), ("PAUSED", "PAUSED")] {
      _ = try await scene.client.call("POST", "/control/templates/\(id)/decision", ["event": .string(event)])
      let told = try await scene.receiver.deliveries.next(within: .seconds(20), "the decision")
      let value = try #require(told.values.first)
      #expect(told.isSigned && value["event"] == .string(event))
      #expect(value["message_template_id"]?.int64.map(String.init) == id)
      #expect(try await status() == .string(after))
    }
    _ = try await scene.client.call("POST", "/v26.0/\(id)/unpause", token: scene.token)
    #expect(try await status() == "APPROVED")
    _ = try await scene.client.call("PUT", "/control/templates/\(id)", ["quality": "YELLOW", "category": "MARKETING"])
    var told: [JSONValue] = []
    while told.count < 2 { told += try await scene.receiver.deliveries.next(within: .seconds(20), "both").values }
    #expect(
      told.contains { $0["new_quality_score"] == "YELLOW" } && told.contains { $0["new_category"] == "MARKETING" })
    await scene.end()
  }

  @Test func `a send is checked against its template`() async throws {
    let scene = try await SandboxScene.open()
    let id = try await create(scene, "order_1", Self.two).body["id"]?.string ?? ""
    func text(_ value: String) -> JSONValue { ["type": "text", "text": .string(value)] }
    let good: JSONValue = [["type": "body", "parameters": [text("Ann"), text("7")]]]
    #expect(try await send(scene, "order_1", good) == 132_001)
    try scene.world.decideTemplate(id, event: "APPROVED", tells: false)
    #expect(try await send(scene, "order_1", good) == nil)
    #expect(try await send(scene, "order_1", [["type": "body", "parameters": [text("Ann")]]]) == 132_000)
    #expect(try await send(scene, "order_1", [["type": "body", "parameters": [text("Ann\n"), text("7")]]]) == 132_012)
    try scene.world.addTemplate(
      "photo", components: [["type": "HEADER", "format": "IMAGE"], ["type": "BODY", "text": "Look"]],
      to: scene.accountID)
    #expect(try await send(scene, "photo", []) == 132_012)
    try scene.world.decideTemplate(id, event: "PAUSED", tells: false)
    #expect(try await send(scene, "order_1", good) == 132_015)
    try scene.world.decideTemplate(id, event: "DISABLED", tells: false)
    #expect(try await send(scene, "order_1", good) == 132_016)
    await scene.end()
  }
}
