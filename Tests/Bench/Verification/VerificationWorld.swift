import Daemon
import Glibc
import JSON
import Transport
import Wire

/// The real services with numbers that the platform bought, against the sandbox's carrier, Meta and speech server.
final class VerificationWorld {
  /// A bought number in Meta's pool.
  struct Line {
    let phone: String
    let sender: String
    /// The whole voice route before any verification.
    var route: [String: String] = [:]
  }

  static let over: Set<String> = ["verified", "failed", "expired", "cancelled"]
  private static let routeFields = [
    "voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method", "voice_application_sid", "trunk_sid",
    "voice_receive_mode",
  ]

  let services: ServiceWorld
  let registry: JSONClient
  let sandbox: JSONClient
  private(set) var lines: [Line] = []

  init(numbers: Int) throws {
    services = try ServiceWorld([
      .senderRegistry: ["API_RATE_PER_SECOND": "100000", "CARRIER_RETRY": "50ms"],
      .verifier: ["VERIFICATIONS_AT_ONCE": "\(numbers)"],
    ])
    _ = try services.start()
    registry = JSONClient(port: try services.ports(.senderRegistry).http, key: services.adminKey)
    sandbox = JSONClient(port: services.sandboxPort)
    try sandbox.call("PUT", "/control/codes/limit", ["requests_per_hour": 100_000])
    try open(numbers)
  }

  func stop() throws { try services.stop() }

  func wait(
    _ what: String, within seconds: Int = 60, every milliseconds: UInt32 = 20, _ condition: () throws -> Bool
  ) throws {
    let end = MonotonicClock.now + Int64(seconds) * 1_000_000_000
    while !(try condition()) {
      if MonotonicClock.now > end { throw BenchFailure("\(what): not within \(seconds) s") }
      usleep(milliseconds * 1_000)
    }
  }

  // MARK: Numbers

  /// Buys numbers and makes senders of them; no two have the same route.
  private func open(_ count: Int) throws {
    var bought: [(phone: String, number: String)] = []
    for index in 0..<count {
      let phone = "+1415555\(2_000 + index)"
      try sandbox.call("PUT", "/control/carrier/numbers", ["phone_number": .string(phone)])
      let number = try registry.call("POST", "/v1/numbers/buy", ["phone_number": .string(phone)])
      bought.append((phone, number["id"]?.string ?? ""))
    }
    for (index, (phone, number)) in bought.enumerated() {
      try wait("\(phone) is bought") { try registry.call("GET", "/v1/numbers/\(number)")["state"] == "active" }
      var route: JSONObject = [
        "phone_number": .string(phone),
        "voice_url": .string("http://127.0.0.1:\(services.sandboxPort)/business/voice/shop\(index)"),
      ]
      switch index % 3 {
      case 0:
        route["voice_method"] = "GET"
        route["voice_fallback_url"] = .string("https://late.example/\(index)?a=1&b=%C3%A4")
      case 1: route["voice_application_sid"] = .string("AP\(index)")
      default: break
      }
      try sandbox.call("PUT", "/control/carrier/numbers", .object(route))
      let sender = try registry.call(
        "POST", "/v1/senders", ["number_id": .string(number), "display_name": .string("Bench shop \(index)")])
      lines.append(Line(phone: phone, sender: sender["id"]?.string ?? ""))
    }
    let routes = try routes()
    for index in lines.indices { lines[index].route = routes[lines[index].phone] ?? [:] }
    for line in lines {
      try wait("\(line.phone) is in Meta's pool") {
        try registry.call("GET", "/v1/senders/\(line.sender)")["reasons"]?[0]?["code"] == "VERIFICATION_NEEDED"
      }
    }
    // The verifier learns of the senders through its replica, a moment later; the last one last.
    guard let last = lines.last else { return }
    try wait("the verifier knows the senders") {
      let path = "/v1/senders/\(last.sender)/voice-route"
      return try registry.ask("GET", path).status == 200
    }
  }

  /// Every number's whole voice route as the carrier has it.
  func routes() throws -> [String: [String: String]] {
    var routes: [String: [String: String]] = [:]
    for held in try sandbox.call("GET", "/control/carrier/numbers")["owned"]?.array ?? [] {
      let fields = Self.routeFields.map { ($0, held[$0]?.string ?? "") }
      routes[held["phone_number"]?.string ?? ""] = Dictionary(uniqueKeysWithValues: fields)
    }
    return routes
  }

  /// Numbers whose route is not what it was, to the letter.
  func changedRoutes() throws -> [Line] {
    let now = try routes()
    return lines.filter { now[$0.phone] != $0.route }
  }

  /// As if Meta had never verified the number.
  func makeUnverified(_ line: Line) throws {
    try sandbox.call("PUT", "/control/pool/\(line.phone)", ["verified": false])
  }

  // MARK: Verifications

  static let request: JSONValue = ["method": "voice", "acknowledge_interception": true]

  func path(_ line: Line) -> String { "/v1/senders/\(line.sender)/verifications" }

  /// Asks for a verification by voice; its id.
  func start(_ line: Line) throws -> String {
    try registry.call("POST", path(line), Self.request)["id"]?.string ?? ""
  }

  func verification(_ id: String) throws -> JSONValue { try registry.call("GET", "/v1/verifications/\(id)") }

  /// The steps of a verification.
  func steps(_ id: String) throws -> [JSONValue] {
    try registry.call("GET", "/v1/verifications/\(id)/events?limit=100")["data"]?.array ?? []
  }

  /// The newest verifications, newest first.
  func newest(_ count: Int) throws -> [JSONValue] {
    var found: [JSONValue] = []
    var cursor = ""
    while found.count < count {
      let page = try registry.call("GET", "/v1/verifications?limit=100\(cursor)")
      found += page["data"]?.array ?? []
      guard let next = page["next_cursor"]?.string else { break }
      cursor = "&cursor=\(next)"
    }
    return Array(found.prefix(count))
  }

  /// The code that Meta told a number last.
  func code(of line: Line) throws -> String {
    let calls = try sandbox.call("GET", "/control/phones/\(line.phone)/calls")["calls"]?.array ?? []
    return calls.last?["text"]?.string.map { String($0.filter(\.isNumber).prefix(6)) } ?? ""
  }

  /// The codes that reached Meta for a number.
  func submitted(_ line: Line) throws -> Set<String> {
    let page = try sandbox.call("GET", "/control/ledger/codes?number=\(line.phone)")
    return Set((page["codes"]?.array ?? []).compactMap { $0["code"]?.string })
  }

  /// Submissions that reached Meta, and codes that were submitted for a number more than once.
  func submissions() throws -> (all: Int, twice: Int) {
    let ledger = try sandbox.call("GET", "/control/ledger")
    guard let all = ledger["codes_submitted"]?.int64, let twice = ledger["codes_submitted_twice"]?.int64,
      ledger["codes_not_kept"] == 0
    else { throw BenchFailure("the ledger has not kept every code") }
    return (Int(all), Int(twice))
  }

  /// Waits until every number has the route it had.
  func givenBack(within seconds: Int = 60) throws {
    try wait("every number is given back", within: seconds, every: 100) { try changedRoutes().isEmpty }
  }

  /// Waits until no interception of these verifications is under way.
  func settled(_ ids: [String], within seconds: Int = 60) throws {
    for id in ids {
      try wait("the interception of \(id) is over", within: seconds) {
        ["restored", "failed"].contains(try verification(id)["interception"]?["state"]?.string ?? "failed")
      }
    }
  }
}
