import Crypto
import JSON
import Outbound
import SandboxWorld
import Telemetry
import TestSupport
import Testing

/// The sandbox is the measure of the other tests, so its own shapes and counts are tested first.
@Suite(.timeLimit(.minutes(1))) struct SandboxTests {
  private static let customer = "+16505550100"

  /// A world with a connected number and a receiver of its webhooks.
  private struct Scene {
    let world: World
    let client: SandboxClient
    let receiver: WebhookReceiver
    let token: String
    let numberID: String
    let accountID: String

    func end() async {
      await world.stop()
      await receiver.stop()
    }

    func send(_ message: JSONValue) async throws -> SandboxClient.Answer {
      try await client.call("POST", "/v26.0/\(numberID)/messages", message, token: token)
    }

    /// The customer writes, so that the window is open; the webhook is taken out of the way.
    func openWindow() async throws {
      _ = try await client.call("POST", "/control/phones/\(customer)/messages", ["text": "hello"])
      _ = try await receiver.deliveries.next(within: .seconds(5), "the customer's message")
    }
  }

  private func scene(answers: [Int] = []) async throws -> Scene {
    let receiver = try await WebhookReceiver(answers: answers)
    var settings = WorldSettings()
    settings.webhookURL = try WebhookURL(receiver.url)
    let world = try await World.start(settings)
    var habits = WebhookHabits()
    habits.delay = 0...2
    habits.firstRetry = 5
    habits.longestRetry = 20
    await world.webhooks.setHabits(habits)
    let client = SandboxClient(baseURL: world.baseURL)
    let signup = try await client.call(
      "POST", "/control/signup", ["phone_number": "+15550001111", "display_name": "Shop"])
    let (token, number) = try await client.connect(signup.body)
    return Scene(
      world: world, client: client, receiver: receiver, token: token, numberID: number,
      accountID: signup.body["waba_id"]?.string ?? "")
  }

  private func alone(_ clock: WallClock = .system) async throws -> (World, SandboxClient) {
    var settings = WorldSettings()
    settings.clock = clock
    let world = try await World.start(settings)
    return (world, SandboxClient(baseURL: world.baseURL))
  }

  // MARK: Onboarding

  @Test func `a signup code is spent once and lives thirty seconds`() async throws {
    let clock = TestClock()
    let (world, client) = try await alone(clock.clock)
    let signup = try world.signUp(phone: PhoneDigits("+15550001111"), name: "Shop")
    let wrong = try await client.exchange(signup.code, secret: "wrong")
    #expect(wrong.errorCode == 1)
    let first = try await client.exchange(signup.code)
    #expect(first.status == 200 && first.body["token_type"] == "bearer")
    let second = try await client.exchange(signup.code)
    #expect(second.status == 400 && second.errorCode == 100)
    let late = try world.repeatSignup(wabaID: signup.wabaID)
    clock.advance(by: .seconds(30))
    let expired = try await client.exchange(late)
    #expect(expired.body["error"]?["error_subcode"] == 36007)
    await world.stop()
  }

  @Test func `a token opens only the account it was made for`() async throws {
    let (world, client) = try await alone()
    let one = try world.signUp(phone: PhoneDigits("+15550001111"), name: "One")
    let other = try world.signUp(phone: PhoneDigits("+15550002222"), name: "Other")
    let token = try await client.exchange(one.code).body["access_token"]?.string
    let foreign = try await client.call("GET", "/v26.0/\(other.wabaID)/phone_numbers", token: token)
    #expect(foreign.body["error"]?["error_subcode"] == 33)
    let nobody = try await client.call("GET", "/v26.0/\(one.wabaID)/phone_numbers", token: "EAAwrong")
    #expect(nobody.status == 401 && nobody.errorCode == 190)
    let about = try await client.call(
      "GET", "/debug_token?input_token=\(token ?? "")&access_token=100000000000001%7Csandbox-app-secret")
    #expect(about.body["data"]?["granular_scopes"]?[0]?["target_ids"] == [.string(one.wabaID)])
    #expect(world.expireTokens(wabaID: one.wabaID) == 1)
    let ended = try await client.call("GET", "/v26.0/\(one.wabaID)/phone_numbers", token: token)
    #expect(ended.errorCode == 190 && ended.body["error"]?["error_subcode"] == 463)
    await world.stop()
  }

  @Test func `a number added by API is verified by the code its owner gets and then registers`() async throws {
    let (world, client) = try await alone()
    let signup = try world.signUp(phone: nil, name: "Shop")
    let token = try await client.exchange(signup.code).body["access_token"]?.string
    let added = try await client.call(
      "POST", "/v26.0/\(signup.wabaID)/phone_numbers",
      ["cc": "1", "phone_number": "5550003333", "verified_name": "Shop"], token: token)
    let id = added.body["id"]?.string ?? ""
    let register: JSONValue = ["messaging_product": "whatsapp", "pin": "123456"]
    let early = try await client.call("POST", "/v26.0/\(id)/register", register, token: token)
    #expect(early.errorCode == 133006)
    _ = try await client.call(
      "POST", "/v26.0/\(id)/request_code?code_method=SMS&language=en_US", token: token)
    let sms = try await client.call("GET", "/control/phones/+15550003333/sms")
    let text = try #require(sms.body["messages"]?[0]?["text"]?.string)
    #expect(text.hasPrefix("WhatsApp code ") && text.dropFirst(14).dropFirst(3).first == "-")
    let code = text.filter(\.isNumber)
    let wrong = try await client.call(
      "POST", "/v26.0/\(id)/verify_code", ["code": code == "111111" ? "222222" : "111111"], token: token)
    #expect(wrong.errorCode == 136025)
    let right = try await client.call("POST", "/v26.0/\(id)/verify_code", ["code": .string(code)], token: token)
    #expect(right.body == ["success": true])
    let again = try await client.call(
      "POST", "/v26.0/\(id)/request_code", ["code_method": "VOICE", "language": "en_US"], token: token)
    #expect(again.errorCode == 136024)
    #expect(try await client.call("POST", "/v26.0/\(id)/register", register, token: token).status == 200)
    let state = try await client.call("GET", "/\(id)?fields=status,code_verification_status", token: token)
    #expect(state.body == ["status": "CONNECTED", "code_verification_status": "VERIFIED", "id": .string(id)])
    await world.stop()
  }

  @Test func `the eleventh registration within 72 hours is refused and a wrong PIN is told`() async throws {
    let scene = try await scene()
    let path = "/v26.0/\(scene.numberID)/register"
    func register(_ pin: String) async throws -> SandboxClient.Answer {
      try await scene.client.call(
        "POST", path, ["messaging_product": "whatsapp", "pin": .string(pin)], token: scene.token)
    }
    #expect(try await register("654321").errorCode == 133005)
    for _ in 3...10 { #expect(try await register("123456").status == 200) }
    #expect(try await register("123456").errorCode == 133016)
    await scene.end()
  }

  @Test func `an own callback must return the challenge for the right token`() async throws {
    let scene = try await scene()
    let path = "/v26.0/\(scene.accountID)/subscribed_apps"
    func subscribe(_ token: String) async throws -> Int {
      try await scene.client.call(
        "POST", path, ["override_callback_uri": .string(scene.receiver.url), "verify_token": .string(token)],
        token: scene.token
      ).status
    }
    #expect(try await subscribe("wrong") == 400)
    #expect(try await subscribe("right token") == 200)
    await scene.end()
  }

  // MARK: Webhooks

  @Test func `webhooks are signed over their escaped bytes`() async throws {
    let scene = try await scene()
    _ = try await scene.client.call("PUT", "/control/phones/16505550100", ["name": "Zoë"])
    _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "äöå 😀"])
    let delivery = try await scene.receiver.deliveries.next()
    #expect(delivery.isSigned)
    #expect(delivery.bytes.allSatisfy { $0 < 0x80 })
    #expect(String(decoding: delivery.bytes, as: UTF8.self).contains("\\u00e4\\u00f6\\u00e5 \\ud83d\\ude00"))
    let value = try #require(delivery.values.first)
    #expect(value["metadata"]?["display_phone_number"] == "15550001111")
    #expect(value["contacts"]?[0]?["profile"]?["name"] == "Zoë")
    #expect(value["messages"]?[0]?["text"]?["body"] == "äöå 😀")
    #expect(value["messages"]?[0]?["from_user_id"] == value["contacts"]?[0]?["user_id"])
    await scene.end()
  }

  @Test func `a webhook comes again with the same bytes until it is answered 200`() async throws {
    let scene = try await scene(answers: [500, 201])
    _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "hi"])
    var bodies: [[UInt8]] = []
    for _ in 0..<3 { bodies.append(try await scene.receiver.deliveries.next().bytes) }
    #expect(bodies[0] == bodies[1] && bodies[1] == bodies[2])
    try await eventually("the ledger knows") { scene.world.ledger.totals.inboundAcknowledged == 1 }
    #expect(scene.world.ledger.totals.webhooksFailed == 2)
    #expect(scene.world.ledger.inbound(limit: 10).page.first?.attempts == 3)
    await scene.end()
  }

  @Test func `a burst arrives completely in batches`() async throws {
    let scene = try await scene(answers: [503])
    _ = try await scene.client.call(
      "PUT", "/control/webhooks", ["max_batch": 50, "shuffle": true, "paused": true, "concurrency": 4])
    _ = try await scene.client.call(
      "POST", "/control/customers/burst", ["count": 400, "customers": 40, "text_prefix": "burst"])
    _ = try await scene.client.call("PUT", "/control/webhooks", ["paused": false])
    var ids: Set<String> = []
    var largest = 0
    while ids.count < 400 {
      let messages = try await scene.receiver.deliveries.next().messages
      largest = max(largest, messages.count)
      ids.formUnion(messages.compactMap { $0["id"]?.string })
    }
    #expect(largest == 50)
    try await eventually("all acknowledged") { scene.world.ledger.totals.inboundAcknowledged == 400 }
    await scene.end()
  }

  @Test func `what a dead receiver missed reaches the one that takes its place`() async throws {
    let scene = try await scene()
    try await scene.openWindow()
    await scene.receiver.stop()
    for index in 1...20 {
      _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "\(index)"])
    }
    try await eventually("some failed") { scene.world.ledger.totals.webhooksFailed >= 20 }
    let next = try await WebhookReceiver(port: scene.receiver.port)
    var texts: Set<String> = []
    while texts.count < 20 {
      let messages = try await next.deliveries.next(within: .seconds(5), "a missed message").messages
      texts.formUnion(messages.compactMap { $0["text"]?["body"]?.string })
    }
    try await eventually("all acknowledged") { scene.world.ledger.totals.inboundAcknowledged == 21 }
    await next.stop()
    await scene.world.stop()
  }

  @Test func `account events and raw bytes are delivered signed`() async throws {
    let scene = try await scene()
    let event: JSONValue = [
      "waba_id": .string(scene.accountID), "field": "account_update", "value": ["event": "ACCOUNT_DELETED"],
    ]
    _ = try await scene.client.call("POST", "/control/webhooks/event", event)
    let told = try await scene.receiver.deliveries.next()
    #expect(told.isSigned && told.body["entry"]?[0]?["changes"]?[0]?["field"] == "account_update")
    #expect(told.values.first?["event"] == "ACCOUNT_DELETED")
    _ = try await scene.client.call("POST", "/control/webhooks/raw", ["entry": [nil]])
    let raw = try await scene.receiver.deliveries.next()
    #expect(raw.isSigned && raw.body == ["entry": [nil]])
    await scene.end()
  }

  @Test func `a habit leaves delivered out and another withholds every status`() async throws {
    let scene = try await scene()
    try await scene.openWindow()
    _ = try await scene.client.call("PUT", "/control/webhooks", ["skip_delivered": 1])
    _ = try await scene.send(scene.client.text("a", to: Self.customer))
    let names = try await scene.receiver.statuses(2).compactMap { $0["status"]?.string }
    #expect(Set(names) == ["sent", "read"])
    _ = try await scene.client.call("PUT", "/control/webhooks", ["statuses": false])
    _ = try await scene.send(scene.client.text("b", to: Self.customer))
    #expect(await scene.world.webhooks.pending() == 0)
    #expect(scene.world.ledger.totals.statusesMade == 2)
    await scene.end()
  }

  @Test func `ordered webhook faults duplicate and forge deliveries`() async throws {
    let scene = try await scene()
    try scene.world.faults.order(Fault(.duplicate, at: "webhooks.inbound"))
    try scene.world.faults.order(Fault(.wrongSignature, at: "webhooks"))
    for _ in 0..<2 {
      _ = try await scene.client.call("POST", "/control/phones/16505550100/messages", ["text": "twice"])
    }
    var deliveries: [WebhookReceiver.Delivery] = []
    for _ in 0..<3 { deliveries.append(try await scene.receiver.deliveries.next()) }
    #expect(deliveries.filter(\.isSigned).count == 2)
    #expect(Set(deliveries.filter(\.isSigned).map { $0.messages.first?["id"]?.string }).count == 1)
    await scene.end()
  }

  // MARK: Messages

  @Test func `an accepted message brings sent, delivered and read with our data`() async throws {
    let scene = try await scene()
    try await scene.openWindow()
    let answer = try await scene.send(scene.client.text("hi", to: Self.customer, data: "msg_1"))
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
    let scene = try await scene()
    let answer = try await scene.send(scene.client.text("hi", to: Self.customer, data: "msg_2"))
    #expect(answer.status == 200)
    let status = try #require(try await scene.receiver.statuses(1).first)
    #expect(status["status"] == "failed" && status["errors"]?[0]?["code"] == 131047)
    await scene.end()
  }

  @Test func `what Graph would refuse is refused with its code`() async throws {
    let scene = try await scene()
    let refusals: [(JSONValue, Int64)] = [
      (["to": "+16505550100", "type": "text", "text": ["body": "x"]], 100),
      (["messaging_product": "whatsapp", "to": "+16505550100", "type": "text", "text": [:]], 131008),
      (scene.client.text(String(repeating: "x", count: 4_097), to: Self.customer), 100),
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
    #expect(try await scene.send(scene.client.text("x", to: Self.customer)).errorCode == 133010)
    #expect(scene.world.ledger.totals.messagesRefused == refusals.count + 1)
    await scene.end()
  }

  @Test func `a number without a plus gets the business's country code in front`() async throws {
    let scene = try await scene()
    let answer = try await scene.send(scene.client.text("x", to: "6505550100"))
    #expect(answer.body["contacts"]?[0]?["wa_id"] == "16505550100")
    await scene.end()
  }

  @Test func `a lost answer counts one arrival and its statuses still come`() async throws {
    let scene = try await scene()
    try await scene.openWindow()
    _ = try await scene.client.call(
      "POST", "/control/faults", ["target": "graph.messages", "kind": "close_after_reading"])
    let request = scene.client.text("hi", to: Self.customer, data: "msg_3")
    await #expect(throws: OutboundFailure.self) { try await scene.send(request) }
    let statuses = try await scene.receiver.statuses(3)
    #expect(statuses.allSatisfy { $0["biz_opaque_callback_data"] == "msg_3" })
    let totals = scene.world.ledger.totals
    #expect(totals.messagesArrived == 1 && totals.messagesAccepted == 1 && totals.answersLost == 1)
    #expect(scene.world.ledger.tally(callbackData: "msg_3") == Ledger.Tally(arrived: 1, accepted: 1))
    await scene.end()
  }

  @Test func `a request swallowed before it is accepted counts an arrival and nothing else`() async throws {
    let scene = try await scene()
    try scene.world.faults.order(Fault(.closeBeforeAnswer, at: "graph.messages"))
    let request = scene.client.text("hi", to: Self.customer, data: "msg_4")
    await #expect(throws: OutboundFailure.self) { try await scene.send(request) }
    let totals = scene.world.ledger.totals
    #expect(totals.messagesArrived == 1 && totals.messagesAccepted == 0 && totals.arrivalsSwallowed == 1)
    _ = try await scene.send(request)
    _ = try await scene.send(request)
    #expect(scene.world.ledger.repeatedCallbackData == ["msg_4": Ledger.Tally(arrived: 3, accepted: 2)])
    await scene.end()
  }

  @Test func `an ordered error has Graph's shape and is used up`() async throws {
    let scene = try await scene()
    let order: JSONValue = [
      "target": "graph.messages", "kind": "error_code", "parameters": ["code": 130429, "retry_after": 2],
    ]
    _ = try await scene.client.call("POST", "/control/faults", order)
    let refused = try await scene.send(scene.client.text("x", to: Self.customer))
    #expect(refused.status == 400 && refused.errorCode == 130429 && refused.headers["retry-after"] == "2")
    #expect(refused.body["error"]?["is_transient"] == true && refused.body["error"]?["fbtrace_id"] != nil)
    #expect(try await scene.send(scene.client.text("x", to: Self.customer)).status == 200)
    await scene.end()
  }

  @Test(arguments: [
    (Fault.Kind.timeout, false), (.timeout, true), (.invalidJSON, false), (.invalidJSON, true), (.redirect, false),
    (.delay, true), (.status, false), (.dropResponseAfterAccept, true),
  ])
  func `a fault does the work or leaves it, as ordered`(kind: Fault.Kind, isDone: Bool) async throws {
    let scene = try await scene()
    var parameters = Fault.Parameters(status: 503, milliseconds: 5, location: "http://127.0.0.1:1/")
    if kind == .timeout || kind == .invalidJSON { parameters.isAccepted = isDone }
    try scene.world.faults.order(Fault(kind, at: "graph.messages", parameters: parameters))
    let message = scene.client.text("x", to: Self.customer)
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
    let scene = try await scene()
    try await scene.openWindow()
    _ = try await scene.client.call("POST", "/control/phones/+16505550100/close-window", [:])
    _ = try await scene.client.call("PUT", "/control/phones/+16505550199", ["on_whatsapp": false])
    var codes: [Int64] = []
    for phone in [Self.customer, "+16505550199"] {
      #expect(try await scene.send(scene.client.text("x", to: phone)).status == 200)
      let status = try await scene.receiver.statuses(1).first
      codes.append(status?["errors"]?[0]?["code"]?.int64 ?? 0)
    }
    #expect(codes == [131047, 131026])
    await scene.end()
  }

  @Test func `a customer who hides the number is answered by user id`() async throws {
    let scene = try await scene()
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

  // MARK: The others

  @Test func `the model repeats the user and fails on demand`() async throws {
    let (world, client) = try await alone()
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
    let (world, client) = try await alone()
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
    let (world, client) = try await alone()
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
