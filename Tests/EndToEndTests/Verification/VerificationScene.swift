import Crypto
import JSON
import SandboxWorld
import TestSupport
import Wire

/// The product with numbers that the platform bought, against the world's carrier, Meta and speech servers.
struct VerificationScene: Sendable {
  /// A bought number that is in Meta's pool, and where its normal calls go.
  struct Line: Sendable {
    let phone: PhoneDigits
    /// The inventory's id.
    let number: String
    let sender: String
    /// The voice application that answers its normal calls.
    let business: String
    /// The whole route as it was before any verification.
    let route: [String: String]
  }

  static let routeFields: Set<String> = [
    "VoiceUrl", "VoiceMethod", "VoiceFallbackUrl", "VoiceFallbackMethod", "VoiceApplicationSid", "TrunkSid",
    "VoiceReceiveMode",
  ]

  let product: Product

  var world: World { product.world }
  var story: Story { product.story }

  /// Runs `body` with the verifier told of the world's carrier and, as `engines`, of its speech servers.
  static func run(
    engines: String = "server", _ settings: [String: String] = [:],
    starting services: [ServiceName] = [.senderRegistry, .verifier], _ body: (VerificationScene) async throws -> Void
  ) async throws {
    let world = WorldSettings()
    let carrier = [
      "CARRIER_ACCOUNT_SID": world.carrierAccountSID, "CARRIER_AUTH_TOKEN": world.carrierAuthToken.string ?? "",
    ]
    let partner = [
      "CARRIER_RETRY": "50ms", "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": world.partnerBusinessID,
      "META_SYSTEM_TOKEN": world.partnerToken.string ?? "",
    ]
    let verifier = carrier.merging(["TRANSCRIBERS": engines]) { $1 }.merging(settings) { $1 }
    let all: [ServiceName: [String: String]] = [
      .senderRegistry: carrier.merging(partner) { $1 }, .verifier: verifier,
    ]
    try await Product.run(all, starting: services) { processes in
      let url = processes.environment(.verifier)["GRAPH_URL"] ?? ""
      processes.set("PUBLIC_URL", processes.url(.verifier), of: .verifier)
      if engines.hasPrefix("server") { processes.set("TRANSCRIBER_URL", url + "/v1", of: .verifier) }
      if engines.contains("second_server") {
        processes.set("SECOND_TRANSCRIBER_URL", url + "/second/v1", of: .verifier)
      }
    } _: { product in
      let scene = VerificationScene(product: product)
      var habits = product.world.calls.habits
      (habits.delay, habits.recordingDelay, habits.callbackRetry) = (20, 30, 20)
      try product.world.calls.setHabits(habits)
      try product.world.limitCodes(requestsPerHour: 1_000)
      try await body(scene)
    }
  }

  // MARK: Numbers

  /// Buys +1 415 555 `last` and makes a sender of it. `route` is set beside the voice URL.
  func open(_ last: Int = 1100, route: [String: String] = [:]) async throws -> Line {
    let text = "+1415555\(last)"
    guard let phone = PhoneDigits(text) else { throw ControlFailure("not a number") }
    let bought = try await story.call("POST", "/v1/numbers/buy", ["phone_number": .string(text)])
    let number = bought["id"]?.string ?? ""
    try await eventually(within: .seconds(20), "\(text) is bought") {
      try await story.call("GET", "/v1/numbers/\(number)")["state"] == "active"
    }
    let business = "shop\(last)"
    var fields = ["VoiceUrl": "\(world.baseURL)/business/voice/\(business)"]
    fields.merge(route) { $1 }
    guard world.carrier.setRoute(fields, of: phone) else { throw ControlFailure("\(text) is not held") }
    let created = try await story.call(
      "POST", "/v1/senders", ["number_id": .string(number), "display_name": "Flower Shop"])
    let sender = created["id"]?.string ?? ""
    try await eventually(within: .seconds(20), "\(text) is in the pool") {
      try await story.call("GET", "/v1/senders/\(sender)")["reasons"]?[0]?["code"] == "VERIFICATION_NEEDED"
    }
    return Line(phone: phone, number: number, sender: sender, business: business, route: self.route(of: phone))
  }

  /// A number's whole route as the carrier has it, what is not set as empty.
  func route(of phone: PhoneDigits) -> [String: String] {
    let route = world.carrier.numbers.first { $0.phone == phone }?.route ?? [:]
    return Dictionary(uniqueKeysWithValues: Self.routeFields.map { ($0, route[$0] ?? "") })
  }

  /// The number's calls come to the verifier.
  func isSwitched(_ line: Line) -> Bool {
    route(of: line.phone)["VoiceUrl"]?.hasPrefix(product.services.url(.verifier)) == true
  }

  /// The code that Meta told last.
  func code(of line: Line) -> String {
    world.phones[line.phone].calls.last.map { String($0.text.filter(\.isNumber).prefix(6)) } ?? ""
  }

  /// What happens at Meta's next call.
  func order(_ line: Line, _ change: (inout CallScript) -> Void) throws {
    var script = CallScript()
    change(&script)
    try world.calls.order(script, to: line.phone)
  }

  // MARK: Verifications

  /// Asks for a verification by voice; its id.
  func start(_ line: Line) async throws -> String {
    var id: String?
    // The verifier learns of the sender through its replica, a moment later.
    try await eventually(within: .seconds(20), "a verification of \(line.phone) starts") {
      let answer = try await tryToStart(line)
      if let code = answer.body["code"]?.string, !["SENDER_NOT_FOUND", "SENDER_NOT_CONNECTED"].contains(code) {
        throw Story.Refused(call: "start", status: answer.status, body: answer.body)
      }
      id = answer.status == 201 ? answer.body["id"]?.string : nil
      return id != nil
    }
    return id ?? ""
  }

  func tryToStart(_ line: Line) async throws -> SandboxClient.Answer {
    try await story.api.call(
      "POST", "/v1/senders/\(line.sender)/verifications", ["method": "voice", "acknowledge_interception": true],
      token: story.key)
  }

  func verification(_ id: String) async throws -> JSONValue { try await story.call("GET", "/v1/verifications/\(id)") }

  /// Waits for a state; the verification then.
  @discardableResult
  func wait(
    for state: String, _ id: String, within limit: Duration = .seconds(20), reason: String? = nil
  ) async throws -> JSONValue {
    var seen = JSONValue.null
    do {
      try await eventually(within: limit, "\(id) is \(state) \(reason ?? "")") {
        seen = try await verification(id)
        return seen["state"]?.string == state && (reason == nil || seen["reason"]?["code"]?.string == reason)
      }
    } catch {
      print("\(id) is \(seen)\n\(try await steps(of: id))")
      throw error
    }
    return seen
  }

  /// Waits until the number is given back, and whether its route is what it was, to the letter.
  func isGivenBack(_ line: Line, after id: String, within limit: Duration = .seconds(20)) async throws -> Bool {
    try await eventually(within: limit, "\(line.phone) is given back") {
      try await verification(id)["interception"]?["state"] == "restored"
    }
    return route(of: line.phone) == line.route
  }

  /// The steps so far: `event: from > to`.
  func steps(of id: String) async throws -> [String] {
    let page = try await story.call("GET", "/v1/verifications/\(id)/events?limit=100")
    return (page["data"]?.array ?? []).map { step in
      "\(step["event"]?.string ?? ""): \(step["from"]?.string ?? "") > \(step["to"]?.string ?? "")"
    }
  }

  func recordings(of id: String) async throws -> [JSONValue] {
    try await story.call("GET", "/v1/verifications/\(id)/recordings")["data"]?.array ?? []
  }

  func type(_ code: String, _ id: String) async throws -> JSONValue {
    try await story.call("POST", "/v1/verifications/\(id)/code", ["code": .string(code)])
  }

  /// The codes that reached Meta for a number, with how often each came.
  func submitted(_ line: Line) -> [String: Int] {
    Dictionary(world.ledger.codes(of: line.phone).map { ($0.code, $0.times) }, uniquingKeysWith: +)
  }

  /// Whether the carrier keeps no recording; deletion follows the hearing.
  func carrierForgets() async throws {
    try await eventually(within: .seconds(10), "the carrier has no recording") {
      world.carrier.recordings.totals.kept == 0
    }
  }

  // MARK: Calls

  /// Somebody calls; the call once it is over.
  @discardableResult
  func call(_ line: Line, _ script: CallScript) async throws -> CallRecord {
    let sid = try world.calls.call(line.phone, script)
    try await eventually(within: .seconds(20), "the end of call \(sid)") {
      world.carrier.log[sid]?.outcome.isOver == true
    }
    guard let record = world.carrier.log[sid] else { throw ControlFailure("the call is gone") }
    return record
  }

  /// What the verifier's readiness says of voice routes; nil when nothing is wrong with them.
  func routeProblem() async throws -> String? {
    guard let ready = await product.get(product.services.privateURL(.verifier) + "/readyz") else { return nil }
    return try JSONValue(parsing: Array(ready.text.utf8))["degraded"]?["voice_routes"]?.string
  }

  /// Kinds and severities of what the account was told of a sender.
  func events(of line: Line) async throws -> [String] {
    let page = try await story.call("GET", "/v1/account-events?limit=100")
    return (page["data"]?.array ?? []).filter { $0["sender_id"]?.string == line.sender }.map { event in
      "\(event["severity"]?.string ?? "") \(event["kind"]?.string ?? "")"
    }
  }
}
