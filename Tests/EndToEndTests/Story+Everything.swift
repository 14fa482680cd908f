import Contracts
import JSON
import SandboxWorld
import Telemetry
import TestSupport
import Testing

extension Story {
  /// An idempotency key that accounts use independently of each other.
  static let sharedKey = "the-same-words"

  /// The same story, with every answer looked at.
  func observed(by session: APISession) -> Story {
    Story(world: world, registryURL: api.baseURL, key: key, observer: session)
  }

  /// Everything a business does, once: online by both ways, an assistant, conversations, messages, receipts. It ends
  /// when all of it has come to rest.
  func tellAll() async throws {
    let shop = try await openShop(assistantName: "Florist of the first")
    let reply = try await converse("Do you have peonies?", with: shop)
    try await waitForReceipts(of: reply)
    try await forgetACustomer(of: shop)
    try await changeAssistants(of: shop)
    try await noteWishes()
    try await tradeTemplates(of: shop)
    try await broadcast(from: shop)
    try await uploadMedia(of: shop)
    try await manageKeys()
    try await tradeNumbers()
    try await connectByLink("+15550100003")
    try await verifyByListening()
    let north = try await connect("+15550100002", isVerified: false)
    try await waitForCodeNeeded(north)
    let (first, _) = try await requestCode(north, number: "+15550100002")
    try await call("POST", "/v1/verifications/\(first)/cancel")
    _ = try await typeCode(north, number: "+15550100002")
    try await wait(for: "online", of: north)
    try await hearOfVerification(of: north)
    let body: JSONValue = [
      "sender_id": .string(shop.sender), "to": .string(Self.customer), "text": "Your peonies are ready.",
    ]
    let sent = try await api.send(try request("POST", "/v1/messages", body, idempotencyKey: Self.sharedKey))
    try await waitForReceipts(of: sent.body["id"]?.string ?? "")
    try await useMessages(of: shop)
    try await decideUnknown(of: shop)
    try await deliverAgain(of: shop)
    try await useEndpoint(of: shop)
    try await eventsAreAsTheirSamples()
    try await eventually(within: .seconds(20), "every receipt is delivered") {
      let page = try await call("GET", "/v1/senders/\(shop.sender)/deliveries?limit=100")
      return page["data"]?.array?.allSatisfy { $0["state"] == "delivered" } == true
    }
  }

  /// The short form, a message for later that is called off, a read mark, and the window.
  private func useMessages(of shop: Shop) async throws {
    let to = JSONValue.string(Self.customer)
    let short = try await call(
      "POST", "/v1/messages/text", ["sender_id": .string(shop.sender), "to": to, "text": "See you."])
    try await waitForReceipts(of: short["id"]?.string ?? "")
    let moment = Timestamp(milliseconds: WallClock.system.now + 3_600_000).description
    let later = try await call(
      "POST", "/v1/messages",
      [
        "sender_id": .string(shop.sender), "to": to, "send_at": .string(moment),
        "location": ["latitude": 37.5, "longitude": -122.25, "name": "Flower Shop"],
      ])
    let waiting = try await call("GET", "/v1/messages?sender_id=\(shop.sender)&is_scheduled=true")
    #expect(waiting["data"]?.array?.map { $0["id"] } == [later["id"]])
    let ended = try await call("POST", "/v1/messages/\(later["id"]?.string ?? "")/cancel")
    #expect(ended["status"] == "cancelled")
    let all = try await call("GET", "/v1/messages?sender_id=\(shop.sender)&limit=100")
    let question = all["data"]?.array?.first { $0["direction"] == "inbound" }
    let read = try await call("POST", "/v1/messages/\(question?["id"]?.string ?? "")/read", ["typing": true])
    #expect(read["read_at"] != nil)
    let path = "/v1/senders/\(shop.sender)/session-status?to=%2B\(Self.customer.dropFirst())"
    #expect(try await call("GET", path)["session_status"]?["is_open"] == true)
  }

  /// A send whose answer is lost, and of which no webhook tells: somebody decides that it has failed.
  private func decideUnknown(of shop: Shop) async throws {
    try world.faults.order(
      Fault(.closeAfterReading, at: "graph.messages", parameters: .init(isAccepted: false)))
    let lost = try await call(
      "POST", "/v1/messages/text",
      ["sender_id": .string(shop.sender), "to": .string(Self.customer), "text": "Did you get the vase?"])
    let path = "/v1/messages/\(lost["id"]?.string ?? "")"
    try await eventually(within: .seconds(20), "nobody knows what became of it") {
      try await call("GET", path)["status"] == "unknown"
    }
    let unknown = try await call("GET", "/v1/messages/unknown?sender_id=\(shop.sender)")
    #expect(unknown["data"]?.array?.map { $0["message_id"] } == [lost["id"]])
    let decided = try await call(
      "POST", path + "/resolve", ["decision": "failed", "reason": "The customer says that nothing arrived."])
    #expect(decided["status"] == "failed" && decided["error"]?["code"] == "UNKNOWN_DECIDED_FAILED")
  }

  /// A key and an account are made, changed and ended.
  private func manageKeys() async throws {
    let key = try await call("POST", "/v1/keys", ["name": "Till", "role": "operator"])
    let path = "/v1/keys/\(key["id"]?.string ?? "")"
    try await call("PATCH", path, ["name": "Second till", "rate_per_second": 5])
    try await call("DELETE", path)
    let log = try await call("GET", "/v1/audit-log?target=\(key["id"]?.string ?? "")")
    #expect(log["data"]?.array?.map { $0["outcome"] } == ["done", "done", "done"])
    let account = try await call("POST", "/v1/accounts", ["name": "Third"])
    let third = "/v1/accounts/\(account["id"]?.string ?? "")"
    try await call("POST", third + "/keys", ["name": "First", "role": "admin"])
    try await call("PATCH", third, ["name": "Third of three"])
  }

  /// A number is bought, named and given back; another one is entered by hand and taken out.
  private func tradeNumbers() async throws {
    let offers = try await call("GET", "/v1/available-numbers?country=US&limit=1")
    let bought = try await call(
      "POST", "/v1/numbers/buy", ["phone_number": offers["data"]?[0]?["phone_number"] ?? .null])
    let path = "/v1/numbers/\(bought["id"]?.string ?? "")"
    try await eventually(within: .seconds(20), "the number is bought") {
      try await call("GET", path)["state"] == "active"
    }
    try await call("PATCH", path, ["nickname": "Front desk"])
    try await leadCalls(of: bought["id"] ?? .null)
    try await call("POST", path + "/release")
    try await eventually(within: .seconds(20), "the number is given back") {
      try await call("GET", path)["state"] == "released"
    }
    let own = try await call("POST", "/v1/numbers", ["phone_number": "+14155550177", "nickname": "By hand"])
    try await call("DELETE", "/v1/numbers/\(own["id"]?.string ?? "")")
    try await call("POST", "/v1/numbers", ["phone_number": "+14155550178", "nickname": "Back office"])
  }

  /// A sender for a number of the inventory: where its calls go is looked at, and left as it is.
  private func leadCalls(of number: JSONValue) async throws {
    let created = try await call("POST", "/v1/senders", ["number_id": number, "display_name": "Flower Shop"])
    let path = "/v1/senders/\(created["id"]?.string ?? "")"
    try await eventually(within: .seconds(20), "the verifier knows the sender") {
      try await api.call("GET", path + "/voice-route", token: key).status == 200
    }
    #expect(try await call("PUT", path + "/voice-route", ["mode": "switched"])["state"] == "normal")
    try await call("DELETE", path)
  }

  /// Somebody without an API key connects a number by a link; another link is taken back.
  private func connectByLink(_ number: String) async throws {
    let sender = try await create(number)
    let signup = try world.signUp(phone: PhoneDigits(number), name: "Flower Shop", isVerified: true)
    let link = try await call("POST", "/v1/onboarding-links", ["sender_id": .string(sender)])
    let url = link["url"]?.string ?? ""
    let path = url.firstRange(of: "/onboard/").map { String(url[$0.lowerBound...]) } ?? ""
    let body: JSONValue = [
      "code": .string(signup.code), "waba_id": .string(signup.wabaID),
      "phone_number_id": .string(signup.phoneNumberID ?? ""),
    ]
    let asked: [(String, String, JSONValue?, Int)] = [
      ("GET", path, nil, 200), ("GET", path + "/status", nil, 200),
      ("POST", path + "/events", ["event": "CANCEL"], 201),
      ("POST", path + "/connect", body, 202), ("POST", path + "/connect", body, 409),
    ]
    for (method, path, body, status) in asked {
      let answer = try await api.call(method, path, body)
      #expect(answer.status == status, "\(method) \(path): \(answer.body)")
    }
    try await wait(for: "online", of: sender)
    let spare = try await call("POST", "/v1/onboarding-links", ["sender_id": .string(sender)])
    try await call("DELETE", "/v1/onboarding-links/\(spare["id"]?.string ?? "")")
    try await switchAndDelete(sender)
  }

  /// A sender is switched off and on, read again, and deleted.
  private func switchAndDelete(_ sender: String) async throws {
    let path = "/v1/senders/\(sender)"
    #expect(try await call("POST", path + "/disable")["is_enabled"] == false)
    #expect(try await call("POST", path + "/enable")["is_enabled"] == true)
    try await wait(for: "online", of: sender)
    try await call("POST", path + "/refresh")
    try await call("DELETE", path)
  }

  /// Another assistant is tried for a while: changed with a condition, bound, unbound, deleted.
  private func changeAssistants(of shop: Shop) async throws {
    let first = try await call("GET", "/v1/senders/\(shop.sender)")["assistant_id"] ?? .null
    let spare = try await call("POST", "/v1/assistants", ["name": "Night shift", "instructions": "Be brief."])
    let path = "/v1/assistants/\(spare["id"]?.string ?? "")"
    let changed = try await call("PATCH", path, ["temperature": 0.5])
    #expect(changed["version"] == 2)
    try await call("PATCH", "/v1/senders/\(shop.sender)", ["assistant_id": spare["id"] ?? .null])
    let unbound = try await call("PATCH", "/v1/senders/\(shop.sender)", ["assistant_id": .null])
    #expect(unbound["assistant_id"] == nil && unbound["ai_enabled"] == false)
    try await call("DELETE", path)
    try await call("PATCH", "/v1/senders/\(shop.sender)", ["assistant_id": first, "ai_enabled": true])
  }

  /// A customer tells the shop that offers are not wanted, and wants them again.
  private func noteWishes() async throws {
    let found = try await call("GET", "/v1/contacts?phone_number=%2B\(Story.customer.dropFirst())")
    let path = "/v1/contacts/\(found["data"]?[0]?["id"]?.string ?? "")"
    let refused = try await call(
      "PATCH", path + "/preferences", ["is_opted_out": true, "note": "Told us at the till."])
    #expect(refused["is_opted_out"] == true)
    try await call("PATCH", path + "/preferences", ["is_opted_out": false])
    #expect(try await call("GET", path + "/preference-changes")["data"]?.array?.count == 2)
  }
}
