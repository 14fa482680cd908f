import Crypto
import JSON
import Outbound
import SandboxWorld
import Telemetry
import Testing

/// The model, the business's endpoint, and orders that make no sense.
@Suite(.timeLimit(.minutes(1))) struct SandboxNeighbourTests {
  @Test func `the model repeats the user and fails on demand`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let request: JSONValue = [
      "model": "m",
      "messages": [
        ["role": "system", "content": "be kind"], ["role": "user", "content": [["type": "text", "text": "hi"]]],
      ],
    ]
    let answer = try await client.call("POST", "/v1/chat/completions", request)
    #expect(answer.body["choices"]?[0]?["message"]?["content"] == "You wrote: hi")
    try world.faults.order(Fault(.status, at: "model", parameters: .init(status: 429, retryAfter: 1)))
    let refused = try await client.call("POST", "/v1/chat/completions", request)
    #expect(refused.status == 429 && refused.headers["retry-after"] == "1")
    #expect(refused.body["error"]?["code"] == "rate_limit_exceeded")
    #expect(world.model.requests.count == 1)
    await world.stop()
  }

  @Test func `the receipt endpoint believes only both right signatures`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let key = RandomBytes.make(24)
    let secret = "whsec_" + Base64.encode(key)
    let body = Array(#"{"event":"message_status"}"#.utf8)
    func deliver(_ signed: [UInt8], at seconds: Int64 = WallClock.system.now / 1_000) async throws -> Int {
      let standard = HMACSHA256.authenticate(Array("evt_1.\(seconds).".utf8) + signed, key: key)
      let own = HMACSHA256.authenticate(signed, key: Array(secret.utf8))
      return try await client.send(
        OutboundRequest(
          method: "POST", url: client.baseURL + "/business/receipts/shop",
          headers: [
            (name: "X-Signature-256", value: "sha256=" + Hex.encode(own)), (name: "webhook-id", value: "evt_1"),
            (name: "webhook-timestamp", value: String(seconds)),
            (name: "webhook-signature", value: "v1,AAAA v1,\(Base64.encode(standard))"),
          ], body: body)
      ).status
    }
    #expect(try await deliver(body) == 503)
    _ = try await client.call("PUT", "/control/business/shop/secret", ["secret": .string(secret)])
    #expect(try await deliver(body) == 204)
    #expect(try await deliver(Array("other".utf8)) == 401)
    #expect(try await deliver(body, at: 1_790_000_000) == 401)
    #expect(try await deliver(body) == 204)
    let list = try await client.call("GET", "/control/business/shop/receipts")
    #expect(list.body["receipts"]?.array?.map { $0["verified"] } == [true, false, false, true])
    #expect(world.receipts.events(of: "shop") == ["evt_1": 2])
    #expect(world.ledger.totals.receiptsRefused == 2)
    await world.stop()
  }

  @Test func `a misspelt order is refused by name`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let orders: [JSONValue] = [
      ["target": "graph.messages", "kind": "explode"], ["target": "graph", "kind": "duplicate"],
      ["target": "moon", "kind": "status"], ["target": "model", "kind": "status", "probabilty": 1],
      ["target": "model", "kind": "status", "parameters": ["status": 99]], [],
    ]
    for order in orders {
      let answer = try await client.call("POST", "/control/faults", order)
      #expect(answer.status == 400 && answer.body["error"]?.string?.isEmpty == false)
    }
    #expect(world.faults.waiting.isEmpty)
    let homeless = try await client.call("POST", "/control/phones/+16505550100/messages", ["text": "x"])
    #expect(homeless.status == 409)
    await world.stop()
  }
}
