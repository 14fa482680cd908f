import Daemon
import Glibc
import JSON
import Transport
import Wire

/// What a measurement with the sandbox's Meta needs before it begins.
struct MessagingSetup {
  struct Sender {
    var id: String
    var phoneNumberID: String
    var wabaID: String
  }

  let world: ServiceWorld
  let sandbox: JSONClient

  /// All services, running, with no limit of their own below Meta's top rate.
  static func world() throws -> ServiceWorld {
    let world = try ServiceWorld([
      .senderRegistry: ["API_RATE_PER_SECOND": "100000"], .messagingRouter: ["SEND_CONCURRENCY": "256"],
    ])
    _ = try world.start()
    return world
  }

  /// A sender with Meta's top rate, online.
  func connect(_ number: String) throws -> Sender {
    let registry = JSONClient(port: try world.ports(.senderRegistry).http, key: world.adminKey)
    let created = try registry.call(
      "POST", "/v1/senders", ["phone_number": .string(number), "display_name": "Bench shop"])
    let sender = created["id"]?.string ?? ""
    let signup = try sandbox.call(
      "POST", "/control/signup", ["phone_number": .string(number), "display_name": "Bench shop", "verified": true])
    let meta = signup["phone_number_id"]?.string ?? ""
    try sandbox.call("PUT", "/control/numbers/\(meta)", ["throughput": "HIGH", "messaging_limit": "TIER_UNLIMITED"])
    var body: JSONObject = [:]
    for name in ["code", "waba_id", "phone_number_id", "business_id", "event"] { body[name] = signup[name] }
    try registry.call("POST", "/v1/senders/\(sender)/connect", .object(body))
    try wait("the sender is online") { try registry.call("GET", "/v1/senders/\(sender)")["status"] == "online" }
    return Sender(id: sender, phoneNumberID: meta, wabaID: signup["waba_id"]?.string ?? "")
  }

  /// Every customer writes once, to `number` if given.
  func openWindows(_ customers: Int, to number: String? = nil) throws {
    let port = try world.ports(.messagingRouter).private
    let stored = #"wss_router_updates_total{outcome="stored"}"#
    let before = try KeepAliveClient(port: port).count(stored)
    var burst: JSONObject = [
      "count": .integer(Int64(customers)), "customers": .integer(Int64(customers)), "concurrency": 16,
    ]
    if let number { burst["to"] = .string(number) }
    try sandbox.call("POST", "/control/customers/burst", .object(burst))
    try wait("every customer was heard", within: 60) {
      try KeepAliveClient(port: port).count(stored) >= before + customers
    }
  }

  func wait(_ what: String, within seconds: Int = 30, _ condition: () throws -> Bool) throws {
    let end = MonotonicClock.now + Int64(seconds) * 1_000_000_000
    while !(try condition()) {
      if MonotonicClock.now > end { throw BenchFailure("\(what): not within \(seconds) s") }
      usleep(20_000)
    }
  }
}
