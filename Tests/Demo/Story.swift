import Foundation
import JSON
import Outbound

/// The main job, step by step: a sender is connected, a customer writes, an assistant answers, and the business
/// gets signed receipts.
struct Story {
  private static let usage = "usage: demo REGISTRY_URL SANDBOX_URL ADMIN_KEY_FILE [SANDBOX_URL_AS_SERVICES_SEE_IT]"

  let registry: API
  let sandbox: API
  /// As the services see it, for the webhook.
  let sandboxURL: String
  private let http: HTTPClient
  private let started = ContinuousClock.now

  init(arguments: [String]) throws {
    guard (4...5).contains(arguments.count) else { throw StoryFailure(Self.usage) }
    let key = try String(contentsOfFile: arguments[3], encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    registry = API(http: http, baseURL: arguments[1], key: key)
    sandbox = API(http: http, baseURL: arguments[2], key: nil)
    sandboxURL = arguments.count == 5 ? arguments[4] : arguments[2]
  }

  func close() { http.close() }

  func play() async throws {
    let sender = try await connectVerifiedNumber()
    try await bindAssistant(to: sender)
    try await setWebhook(of: sender)
    let message = try await converse(with: sender)
    try await verifyReceipts(of: message)
    let second = try await connectWithCode()
    try await answerWithoutModel(second)
    try await connectBoughtNumber()
  }

  // MARK: Steps

  private func connectVerifiedNumber() async throws -> String {
    let sender = try await createSender("+15550100001", "Flower Shop")
    let signup = try await sandbox.send(
      "POST", "/control/signup",
      ["phone_number": "+15550100001", "display_name": "Flower Shop", "verified": true])
    try await connect(sender, signup)
    try await waitOnline(sender)
    return sender
  }

  private func createSender(_ number: String, _ name: String) async throws -> String {
    let sender = try await registry.send(
      "POST", "/v1/senders", ["phone_number": .string(number), "display_name": .string(name)])
    let id = try text(sender, "id")
    tell("sender created", "\(id)  \(number)  \(try text(sender, "status"))")
    return id
  }

  func connect(_ sender: String, _ signup: JSONNode) async throws {
    var body: JSONObject = ["code": .string(try text(signup, "code")), "waba_id": .string(try text(signup, "waba_id"))]
    for name in ["phone_number_id", "business_id", "event"] {
      if let value = signup[name]?.string { body[name] = .string(value) }
    }
    let connecting = try await registry.send("POST", "/v1/senders/\(sender)/connect", .object(body))
    tell("connect started", try text(connecting, "status"))
  }

  func waitOnline(_ sender: String) async throws {
    _ = try await wait("sender online") {
      let view = try await registry.get("/v1/senders/\(sender)")
      if view["status"]?.string == "failed" {
        throw StoryFailure("the sender failed: \(String(decoding: view["reasons"]?.bytes ?? [], as: UTF8.self))")
      }
      return view["status"]?.string == "online" ? view : nil
    }
    let steps = try await registry.get("/v1/senders/\(sender)/steps")
    var names: [String] = []
    steps["data"]?.forEachElement { step in
      if step["state"]?.string == "done", let name = step["name"]?.string { names.append(name) }
    }
    tell("sender online", names.joined(separator: " → "))
  }

  private func bindAssistant(to sender: String) async throws {
    let assistant = try await registry.send(
      "POST", "/v1/assistants",
      ["name": "Florist", "instructions": "You answer customers of a flower shop, kindly and in one sentence."])
    try await registry.send(
      "PATCH", "/v1/senders/\(sender)", ["assistant_id": .string(try text(assistant, "id")), "ai_enabled": true])
    tell("assistant bound", try text(assistant, "id"))
  }

  private func setWebhook(of sender: String) async throws {
    let webhook = try await registry.send(
      "PUT", "/v1/senders/\(sender)/receipts-webhook", ["url": .string(sandboxURL + "/business/receipts/shop")])
    try await sandbox.send("PUT", "/control/business/shop/secret", ["secret": .string(try text(webhook, "secret"))])
    tell("receipts webhook saved", "the business keeps the signing secret")
  }

  /// A customer writes; answers our id of the assistant's reply.
  private func converse(with sender: String) async throws -> String {
    let question = "Are you open today?"
    try await sandbox.send(
      "POST", "/control/phones/+16505550100/messages", ["text": .string(question), "to": "+15550100001"])
    tell("customer wrote", "“\(question)”")
    let conversation = try await wait("message in") { () -> String? in
      let page = try await registry.get("/v1/senders/\(sender)/conversations")
      return page["data"]?[0]?["id"]?.string
    }
    tell("message in", conversation)
    let reply = try await wait("reply accepted by Meta") { () -> JSONNode? in
      let page = try await registry.get("/v1/conversations/\(conversation)/messages")
      var found: JSONNode?
      page["data"]?.forEachElement { message in
        let status = message["status"]?.string ?? ""
        if message["direction"]?.string == "outbound", !["queued", "sending", "unknown"].contains(status) {
          found = message
        }
      }
      if found?["status"]?.string == "failed" { throw StoryFailure("the reply failed") }
      return found
    }
    let id = try text(reply, "id")
    tell("reply accepted", "\(id)  \(reply["meta_message_id"]?.string ?? "")")
    let heard = try await wait("reply on the customer's phone") { () -> String? in
      let inbox = try await sandbox.get("/control/phones/+16505550100/inbox")
      return inbox["messages"]?[0]?["text"]?.string
    }
    tell("customer reads", "“\(heard)”")
    return id
  }

  /// Sent, delivered and read, each signed, each verified by the receiver.
  private func verifyReceipts(of message: String) async throws {
    for status in ["sent", "delivered", "read"] {
      let receipt = try await wait("verified receipt of \(status)") { () -> JSONNode? in
        let page = try await sandbox.get("/control/business/shop/receipts?limit=100")
        var found: JSONNode?
        page["receipts"]?.forEachElement { receipt in
          let body = receipt["body"]
          if body?["whatsapp_message_id"]?.string == message, body?["status"]?.string == status { found = receipt }
        }
        return found
      }
      guard receipt["verified"]?.bool == true else {
        throw StoryFailure("the receipt of \(status) did not verify: \(receipt["problem"]?.string ?? "")")
      }
      tell("\(status): receipt verified", receipt["event_id"]?.string ?? "")
    }
  }

  /// The other way in, a Tech Provider's: the popup gave an account only, the number is added by API, and its owner
  /// types the code that Meta sends.
  private func connectWithCode() async throws -> String {
    let number = "+15550100002"
    let sender = try await createSender(number, "Flower Shop North")
    let signup = try await sandbox.send(
      "POST", "/control/signup", ["number": "none", "display_name": "Flower Shop North"])
    try await connect(sender, signup)
    _ = try await wait("sender waiting for its code") { () -> Bool? in
      let view = try await registry.get("/v1/senders/\(sender)")
      return view["reasons"]?[0]?["code"]?.string == "CODE_NEEDED" ? true : nil
    }
    tell("sender pending", "Meta wants a code: CODE_NEEDED")
    // The verifier learns of the sender through its replica, a moment later.
    let verification = try await wait("verification started") { () -> JSONNode? in
      try await replicated {
        try await registry.send("POST", "/v1/senders/\(sender)/verifications", ["method": "sms"])
      }
    }
    tell("code requested", try text(verification, "id"))
    let code = try await wait("SMS") { () -> String? in
      let sms = try await sandbox.get("/control/phones/\(number)/sms")
      return sms["messages"]?[0]?["text"]?.string?.split(separator: " ").last.map(String.init)
    }
    tell("owner got an SMS", code)
    let done = try await registry.send(
      "POST", "/v1/verifications/\(try text(verification, "id"))/code", ["code": .string(code)])
    tell("code handed in", try text(done, "state"))
    try await waitOnline(sender)
    return sender
  }

  /// Nil while the verifier has not heard of the sender.
  func replicated(_ start: () async throws -> JSONNode) async throws -> JSONNode? {
    do {
      return try await start()
    } catch let failure as StoryFailure
      where failure.description.contains("SENDER_NOT_FOUND") || failure.description.contains("SENDER_NOT_CONNECTED")
    {
      return nil
    }
  }

  /// The built-in assistant: questions and answers, no model anywhere.
  private func answerWithoutModel(_ sender: String) async throws {
    let answer = "We are open from 9 to 18, every day but Sunday."
    let assistant = try await registry.send(
      "POST", "/v1/assistants",
      [
        "name": "Opening hours", "kind": "built_in",
        "pairs": [["question": "When are you open?", "answer": .string(answer)]],
        "fallback": "A colleague will write to you.",
      ])
    try await registry.send("PATCH", "/v1/senders/\(sender)", ["assistant_id": .string(try text(assistant, "id"))])
    tell("built-in assistant bound", try text(assistant, "id"))
    let customer = "+16505550101"
    try await sandbox.send(
      "POST", "/control/phones/\(customer)/messages", ["text": "when are you open", "to": "+15550100002"])
    let heard = try await wait("built-in reply on the customer's phone") { () -> String? in
      let inbox = try await sandbox.get("/control/phones/\(customer)/inbox")
      return inbox["messages"]?[0]?["text"]?.string
    }
    guard heard == answer else { throw StoryFailure("the built-in assistant said “\(heard)”") }
    tell("customer reads", "“\(heard)”")
  }

  // MARK: Telling

  func tell(_ step: String, _ what: String) {
    let (seconds, attoseconds) = (ContinuousClock.now - started).components
    let time = String(format: "%6.2f s", Double(seconds) + Double(attoseconds) / 1e18)
    // Unbuffered: a step is seen when it happens, also through a pipe.
    let line = "  \(time)  \(step.padding(toLength: 28, withPad: " ", startingAt: 0))\(what)\n"
    FileHandle.standardOutput.write(Data(line.utf8))
  }

  func text(_ node: JSONNode, _ name: String) throws -> String {
    guard let text = node[name]?.string else {
      throw StoryFailure("no \(name) in \(String(decoding: node.bytes, as: UTF8.self))")
    }
    return text
  }

  /// Asks again until there is an answer, for at most 20 seconds.
  func wait<Value>(_ what: String, _ ask: () async throws -> Value?) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      if let value = try await ask() { return value }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw StoryFailure("\(what): did not happen within 20 seconds")
  }
}
