import Contracts
import Crypto
import JSON
import Outbound
import SandboxWorld
import TestSupport

/// What people do with the product over its REST API, and what the world does back.
struct Story: Sendable {
  /// The REST API answered something else than a 2xx.
  struct Refused: Error, CustomStringConvertible {
    let call: String
    let status: Int
    let body: JSONValue
    var code: String? { body["code"]?.string }
    var description: String { "\(call) answered \(status): \(body)" }
  }

  /// A connected number with an assistant and a receipts webhook.
  struct Shop: Sendable {
    var sender: String
    var number: String
    /// The business's name in the world.
    var business: String
    var secret: String
  }

  static let number = "+15550100001"
  static let customer = "+16505550107"
  /// Writes when a shop opens, to see that it works.
  static let firstCustomer = "+16505550999"

  let world: World
  let api: SandboxClient
  let key: String

  init(world: World, registryURL: String, key: String, observer: APISession? = nil) {
    self.world = world
    self.key = key
    var api = SandboxClient(baseURL: registryURL)
    if let observer { api.observe = { observer.observe($0, $1, $2) } }
    self.api = api
  }

  @discardableResult
  func call(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
    let answer = try await api.call(method, path, body, token: key)
    guard (200..<300).contains(answer.status) else {
      throw Refused(call: "\(method) \(path)", status: answer.status, body: answer.body)
    }
    return answer.body
  }

  /// A request that carries an idempotency key.
  func request(
    _ method: String, _ path: String, _ body: JSONValue, idempotencyKey: String
  ) throws -> OutboundRequest {
    OutboundRequest(
      method: method, url: api.baseURL + path,
      headers: [
        (name: "Content-Type", value: "application/json"), (name: "Authorization", value: "Bearer \(key)"),
        (name: "Idempotency-Key", value: idempotencyKey),
      ], body: try JSONCoder.encode(body))
  }

  // MARK: Onboarding

  /// Creates a sender and hands in what Embedded Signup gave; the sender's id.
  func connect(_ number: String = number, isVerified: Bool = true) async throws -> String {
    let sender = try await create(number)
    let signup = try world.signUp(phone: PhoneDigits(number), name: "Flower Shop", isVerified: isVerified)
    try await connect(sender, signup, code: signup.code)
    return sender
  }

  /// Creates a sender; its id.
  func create(_ number: String, name: String = "Flower Shop") async throws -> String {
    let created = try await call(
      "POST", "/v1/senders", ["phone_number": .string(number), "display_name": .string(name)])
    return created["id"]?.string ?? ""
  }

  /// Hands in a signup's ids and a code of it.
  func connect(_ sender: String, _ signup: MetaSignup, code: String) async throws {
    var body: JSONObject = [
      "code": .string(code), "waba_id": .string(signup.wabaID), "business_id": .string(signup.businessID),
      "event": .string(signup.event),
    ]
    if let number = signup.phoneNumberID { body["phone_number_id"] = .string(number) }
    if signup.phoneNumberID == nil, signup.event == "FINISH" { body["event"] = "FINISH_ONLY_WABA" }
    try await call("POST", "/v1/senders/\(sender)/connect", .object(body))
  }

  /// Waits until the sender has this status.
  func wait(for status: String, of sender: String, within limit: Duration = .seconds(30)) async throws {
    try await eventually(within: limit, "the sender is \(status)") {
      try await call("GET", "/v1/senders/\(sender)")["status"]?.string == status
    }
  }

  /// Waits until Meta has asked for the number's code.
  func waitForCodeNeeded(_ sender: String) async throws {
    try await eventually(within: .seconds(30), "CODE_NEEDED") {
      try await call("GET", "/v1/senders/\(sender)")["reasons"]?[0]?["code"] == "CODE_NEEDED"
    }
  }

  /// The owner asks for a code by SMS and gets it: the verification's id and the code.
  func requestCode(_ sender: String, number: String) async throws -> (verification: String, code: String) {
    var verification = ""
    // The verifier learns of the sender through its replica, a moment later.
    try await eventually(within: .seconds(20), "a verification starts") {
      let answer = try await api.call("POST", "/v1/senders/\(sender)/verifications", ["method": "sms"], token: key)
      verification = (200..<300).contains(answer.status) ? answer.body["id"]?.string ?? "" : ""
      return !verification.isEmpty
    }
    let phone = PhoneDigits(number)
    var code = ""
    try await eventually(within: .seconds(20), "an SMS") {
      code = phone.flatMap { world.phones[$0].sms.last?.text.split(separator: " ").last.map(String.init) } ?? ""
      return !code.isEmpty
    }
    return (verification, code)
  }

  /// The owner asks for a code and types it; the code.
  func typeCode(_ sender: String, number: String) async throws -> String {
    let (verification, code) = try await requestCode(sender, number: number)
    try await call("POST", "/v1/verifications/\(verification)/code", ["code": .string(code)])
    return code
  }

  /// A number that is online, answered by an assistant, and reported on to the business.
  func openShop(
    _ number: String = number, business: String = "shop", assistantName: String = "Florist"
  ) async throws -> Shop {
    let sender = try await connect(number)
    try await wait(for: "online", of: sender)
    try await enableAssistant(sender, name: assistantName)
    let secret = try await setWebhook(of: sender, business: business)
    let shop = Shop(sender: sender, number: number, business: business, secret: secret)
    try await knows(shop)
    return shop
  }

  func enableAssistant(_ sender: String, name: String = "Florist") async throws {
    let assistant = try await call(
      "POST", "/v1/assistants", ["name": .string(name), "instructions": "Be kind."])
    try await call(
      "PATCH", "/v1/senders/\(sender)", ["assistant_id": assistant["id"] ?? .null, "ai_enabled": true])
  }

  /// The signing secret.
  func setWebhook(of sender: String, business: String) async throws -> String {
    var secret = ""
    // The receipts service learns of the sender through its replica, a moment later.
    try await eventually(within: .seconds(20), "the receipts webhook is saved") {
      let answer = try await api.call(
        "PUT", "/v1/senders/\(sender)/receipts-webhook",
        ["url": .string("\(world.baseURL)/business/receipts/\(business)")], token: key)
      secret = answer.body["secret"]?.string ?? ""
      return answer.status == 200
    }
    try world.receipts.setSecret(secret, of: business)
    return secret
  }

  /// Waits until a customer's word is answered: every replica is in place.
  private func knows(_ shop: Shop) async throws {
    try await converse("ready?", with: shop, from: Self.firstCustomer)
  }

  // MARK: Conversation

  /// A customer writes and reads the assistant's reply; the reply's message id.
  @discardableResult
  func converse(
    _ text: String, with shop: Shop, from customer: String = customer, within limit: Duration = .seconds(30)
  ) async throws -> String {
    guard let phone = PhoneDigits(customer) else { return "" }
    try world.customers.send(text, from: phone, to: shop.number)
    let reply = "You wrote: \(text)"
    try await eventually(within: limit, "the reply to “\(text)”") {
      world.phones[phone].inbox.contains { $0.text == reply }
    }
    return world.phones[phone].inbox.last { $0.text == reply }?.callbackData ?? ""
  }

  /// Verified receipts of a message by status, in order of arrival.
  func receipts(of message: String, at business: String = "shop") -> [String] {
    receipts(at: business).filter { $0.message == message }.map(\.status)
  }

  /// Every receipt a business verified.
  func receipts(at business: String = "shop") -> [(event: String, message: String, status: String)] {
    world.receipts.receipts(of: business).filter(\.isVerified).map { receipt in
      let body = try? JSONValue(parsing: Array(receipt.body.utf8))
      return (
        receipt.eventID, body?["whatsapp_message_id"]?.string ?? "", body?["status"]?.string ?? ""
      )
    }
  }

  /// Waits until the business has verified receipts of all of these.
  func waitForReceipts(
    _ statuses: Set<String> = ["sent", "delivered", "read"], of message: String, at business: String = "shop",
    within limit: Duration = .seconds(30)
  ) async throws {
    try await eventually(within: limit, "receipts \(statuses.sorted()) of \(message)") {
      statuses.isSubset(of: receipts(of: message, at: business))
    }
  }
}
