import JSON
import Outbound
import SandboxWorld
import TestSupport
import Testing

/// Messages at Graph: accepted, refused, lost on the way back.
@Suite(.timeLimit(.minutes(1))) struct SandboxMessageTests {
  @Test func `an accepted message brings sent, delivered and read with our data`() async throws {
    let scene = try await SandboxScene.open()
    try await scene.openWindow()
    let answer = try await scene.send(scene.client.text("hi", to: SandboxScene.customer, data: "msg_1"))
    let id = try #require(answer.body["messages"]?[0]?["id"]?.string)
    #expect(id.hasPrefix("wamid.") && answer.body["contacts"]?[0]?["wa_id"] == "16505550100")
    let statuses = try await scene.receiver.statuses(3)
    #expect(Set(statuses.compactMap { $0["status"]?.string }) == ["sent", "delivered", "read"])
    for status in statuses {
      #expect(status["id"] == .string(id) && status["biz_opaque_callback_data"] == "msg_1")
      #expect(status["recipient_id"] == "16505550100" && status["recipient_user_id"] != nil)
    }
    let sent = statuses.first { $0["status"] == "sent" }
    #expect(sent?["pricing"]?["category"] == "service" && sent?["conversation"] == nil)
    let inbox = try await scene.client.call("GET", "/control/phones/+16505550100/inbox")
    #expect(inbox.body["messages"]?[0]?["text"] == "hi")
    await scene.end()
  }

  @Test func `a text outside the window is accepted and fails later with 131047`() async throws {
    let scene = try await SandboxScene.open()
    let answer = try await scene.send(scene.client.text("hi", to: SandboxScene.customer, data: "msg_2"))
    #expect(answer.status == 200)
    let status = try #require(try await scene.receiver.statuses(1).first)
    #expect(status["status"] == "failed" && status["errors"]?[0]?["code"] == 131047)
    await scene.end()
  }

  @Test func `what Graph would refuse is refused with its code`() async throws {
    let scene = try await SandboxScene.open()
    let refusals: [(JSONValue, Int64)] = [
      (["to": "+16505550100", "type": "text", "text": ["body": "x"]], 100),
      (["messaging_product": "whatsapp", "to": "+16505550100", "type": "text", "text": [:]], 131008),
      (scene.client.text(String(repeating: "x", count: 4_097), to: SandboxScene.customer), 100),
      (scene.client.text("x", to: "+0"), 131009),
      (scene.client.text("x", to: "+15550001111"), 131021),
      (
        [
          "messaging_product": "whatsapp", "to": "+16505550100", "type": "template",
          "template": ["name": "no_such", "language": ["code": "en_US"]],
        ], 132001
      ),
    ]
    for (message, code) in refusals { #expect(try await scene.send(message).errorCode == code) }
    _ = try await scene.client.call("POST", "/v26.0/\(scene.numberID)/deregister", token: scene.token)
    #expect(try await scene.send(scene.client.text("x", to: SandboxScene.customer)).errorCode == 133010)
    #expect(scene.world.ledger.totals.messagesRefused == refusals.count + 1)
    await scene.end()
  }

  @Test func `a number without a plus gets the business's country code in front`() async throws {
    let scene = try await SandboxScene.open()
    let answer = try await scene.send(scene.client.text("x", to: "6505550100"))
    #expect(answer.body["contacts"]?[0]?["wa_id"] == "16505550100")
    await scene.end()
  }

  @Test func `a lost answer counts one arrival and its statuses still come`() async throws {
    let scene = try await SandboxScene.open()
    try await scene.openWindow()
    _ = try await scene.client.call(
      "POST", "/control/faults", ["target": "graph.messages", "kind": "close_after_reading"])
    let request = scene.client.text("hi", to: SandboxScene.customer, data: "msg_3")
    await #expect(throws: OutboundFailure.self) { try await scene.send(request) }
    let statuses = try await scene.receiver.statuses(3)
    #expect(statuses.allSatisfy { $0["biz_opaque_callback_data"] == "msg_3" })
    let totals = scene.world.ledger.totals
    #expect(totals.messagesArrived == 1 && totals.messagesAccepted == 1 && totals.answersLost == 1)
    #expect(scene.world.ledger.tally(callbackData: "msg_3") == Ledger.Tally(arrived: 1, accepted: 1))
    await scene.end()
  }

  @Test func `a request swallowed before it is accepted counts an arrival and nothing else`() async throws {
    let scene = try await SandboxScene.open()
    try scene.world.faults.order(Fault(.closeBeforeAnswer, at: "graph.messages"))
    let request = scene.client.text("hi", to: SandboxScene.customer, data: "msg_4")
    await #expect(throws: OutboundFailure.self) { try await scene.send(request) }
    let totals = scene.world.ledger.totals
    #expect(totals.messagesArrived == 1 && totals.messagesAccepted == 0 && totals.arrivalsSwallowed == 1)
    _ = try await scene.send(request)
    _ = try await scene.send(request)
    #expect(scene.world.ledger.repeatedCallbackData == ["msg_4": Ledger.Tally(arrived: 3, accepted: 2)])
    await scene.end()
  }

  @Test func `an ordered error has Graph's shape and is used up`() async throws {
    let scene = try await SandboxScene.open()
    let order: JSONValue = [
      "target": "graph.messages", "kind": "error_code", "parameters": ["code": 130429, "retry_after": 2],
    ]
    _ = try await scene.client.call("POST", "/control/faults", order)
    let refused = try await scene.send(scene.client.text("x", to: SandboxScene.customer))
    #expect(refused.status == 400 && refused.errorCode == 130429 && refused.headers["retry-after"] == "2")
    #expect(refused.body["error"]?["is_transient"] == true && refused.body["error"]?["fbtrace_id"] != nil)
    #expect(try await scene.send(scene.client.text("x", to: SandboxScene.customer)).status == 200)
    await scene.end()
  }

  @Test(arguments: [
    (Fault.Kind.timeout, false), (.timeout, true), (.invalidJSON, false), (.invalidJSON, true), (.redirect, false),
    (.delay, true), (.status, false), (.dropResponseAfterAccept, true),
  ])
  func `a fault does the work or leaves it, as ordered`(kind: Fault.Kind, isDone: Bool) async throws {
    let scene = try await SandboxScene.open()
    var parameters = Fault.Parameters(status: 503, milliseconds: 5, location: "http://127.0.0.1:1/")
    if kind == .timeout || kind == .invalidJSON { parameters.isAccepted = isDone }
    try scene.world.faults.order(Fault(kind, at: "graph.messages", parameters: parameters))
    let message = scene.client.text("x", to: SandboxScene.customer)
    switch kind {
    case .timeout, .dropResponseAfterAccept:
      await #expect(throws: OutboundFailure.self) { try await scene.send(message) }
    case .invalidJSON: #expect(try await scene.send(message).body == .null)
    case .redirect: #expect(try await scene.send(message).status == 302)
    case .status: #expect(try await scene.send(message).errorCode == 2)
    default: #expect(try await scene.send(message).status == 200)
    }
    let totals = scene.world.ledger.totals
    #expect(totals.messagesArrived == 1 && totals.messagesAccepted == (isDone ? 1 : 0))
    await scene.end()
  }

  @Test func `an expired window and a phone without WhatsApp fail later with their codes`() async throws {
    let scene = try await SandboxScene.open()
    try await scene.openWindow()
    _ = try await scene.client.call("POST", "/control/phones/+16505550100/close-window", [:])
    _ = try await scene.client.call("PUT", "/control/phones/+16505550199", ["on_whatsapp": false])
    var codes: [Int64] = []
    for phone in [SandboxScene.customer, "+16505550199"] {
      #expect(try await scene.send(scene.client.text("x", to: phone)).status == 200)
      let status = try await scene.receiver.statuses(1).first
      codes.append(status?["errors"]?[0]?["code"]?.int64 ?? 0)
    }
    #expect(codes == [131047, 131026])
    await scene.end()
  }

  @Test func `a customer who hides the number is answered by user id`() async throws {
    let scene = try await SandboxScene.open()
    _ = try await scene.client.call("PUT", "/control/phones/+16505550100", ["hides_number": true])
    _ = try await scene.client.call("POST", "/control/phones/+16505550100/messages", ["text": "guess who"])
    let message = try #require(try await scene.receiver.deliveries.next().messages.first)
    let userID = try #require(message["from_user_id"])
    #expect(message["from"] == nil)
    let answer = try await scene.send([
      "messaging_product": "whatsapp", "recipient": userID, "type": "text", "text": ["body": "you"],
    ])
    #expect(answer.status == 200)
    let statuses = try await scene.receiver.statuses(3)
    #expect(statuses.allSatisfy { $0["recipient_user_id"] == userID && $0["recipient_id"] == nil })
    await scene.end()
  }
}
