import Crypto
import Daemon
import Foundation
import Glibc
import JSON
import MessagingRouter
import Store
import TestSupport
import Transport
import Wire

/// One broadcast to half a million people: its file, its start, its feeding while Meta takes messages, its end.
struct BroadcastBench {
  private let people = 500_000
  /// Seconds in which it is fed and sent.
  private let seconds = 20
  /// Steps of feeding by themselves, of 200 people each.
  private let steps = 100

  func run() async throws -> [Figure] {
    let world = try MessagingSetup.world()
    let sandbox = JSONClient(port: world.sandboxPort)
    let setup = MessagingSetup(world: world, sandbox: sandbox)
    let sender = try setup.connect("+15550100001")
    try sandbox.call("PUT", "/control/webhooks", ["statuses": false])
    let api = JSONClient(port: try world.ports(.senderRegistry).http, key: world.adminKey)
    let memory = PeakMemory(try world.process(.messagingRouter))
    let broadcast = try create(api, setup, sender)
    var figures = try await upload(to: broadcast, api, memory)
    figures += try timed(broadcast, api)
    let begun = MonotonicClock.now
    try api.call("POST", broadcast + "/start")
    figures.append(Figure("messaging_broadcast_start", milliseconds(since: begun), "ms"))
    figures += try await send(sandbox, memory)
    figures += try end(broadcast, api)
    try world.stop()
    return figures + (try await feed(String(broadcast.split(separator: "/").last ?? ""), world))
  }

  /// A draft with a variable; its path.
  private func create(_ api: JSONClient, _ setup: MessagingSetup, _ sender: MessagingSetup.Sender) throws -> String {
    try setup.sandbox.call(
      "PUT", "/control/templates",
      [
        "waba_id": .string(sender.wabaID), "name": "sale", "category": "MARKETING",
        "components": [
          ["type": "BODY", "text": "Hello {{1}}, come in.", "example": ["body_text": [["Ann"]]]]
        ],
      ])
    var template = JSONValue.null
    try setup.wait("the template is known") {
      let path = "/v1/senders/\(sender.id)/templates"
      // Refused while another reading is just over.
      _ = try api.ask("POST", path + "/sync")
      template = try api.call("GET", path)["data"]?.array?.first { $0["name"] == "sale" }?["id"] ?? .null
      return template != .null
    }
    let made = try api.call(
      "POST", "/v1/broadcasts", ["sender_id": .string(sender.id), "template_id": template, "name": "To all"])
    return "/v1/broadcasts/\(made["id"]?.string ?? "")"
  }

  /// Everybody in one file, in one call.
  private func upload(to broadcast: String, _ api: JSONClient, _ memory: PeakMemory) async throws -> [Figure] {
    let link = try api.call("POST", broadcast + "/upload")["upload_url"]?.string ?? ""
    guard let url = URL(string: link), let port = url.port, let query = url.query else {
      throw BenchFailure("no link to upload to: \(link)")
    }
    var file = Array("to,name,1\n".utf8)
    for number in 0..<people { file += Array("+49151\(1_000_000 + number),Ann Example,Ann \(number)\n".utf8) }
    let head = """
      PUT \(url.path)?\(query) HTTP/1.1\r
      Host: 127.0.0.1\r
      Content-Type: text/csv\r
      Content-Length: \(file.count)\r
      \r

      """
    let request = Array(head.utf8) + file
    let (took, growth) = try await memory.during {
      let socket = try RawSocket(port: UInt16(port))
      let begun = MonotonicClock.now
      try socket.send(request)
      let answer = try socket.receive(until: "\r\n\r\n", timeout: .seconds(300))
      guard answer.hasPrefix("HTTP/1.1 200") else { throw BenchFailure("the file was answered \(answer)") }
      return Double(MonotonicClock.now - begun) / 1e9
    }
    let counted = try api.call("GET", broadcast)["counts"]?["pending"]?.int64 ?? 0
    guard counted == Int64(people) else { throw BenchFailure("\(counted) recipients of \(people)") }
    return [
      Figure("messaging_broadcast_upload", took, "s").noted("\(people) lines, \(file.count >> 20) MiB, in one call"),
      Figure("messaging_broadcast_upload_rate", Double(people) / took, "rows/s"),
      Figure("messaging_broadcast_upload_memory", growth, "MiB", atMost: 64).noted("growth of the router's own pages"),
    ]
  }

  /// What people look at while half a million wait.
  private func timed(_ broadcast: String, _ api: JSONClient) throws -> [Figure] {
    try [
      ("messaging_broadcast_view_p99", broadcast, 200),
      ("messaging_broadcast_page_p99", broadcast + "/recipients", 200),
      ("messaging_broadcast_forecast_p99", broadcast + "/forecast", 5),
    ].map { name, path, times in
      var taken: [Int64] = []
      for _ in 0..<times {
        let begun = MonotonicClock.now
        try api.call("GET", path)
        taken.append(MonotonicClock.now - begun)
      }
      return Figure(name, Samples.milliseconds(Samples.percentile(taken, 0.99)), "ms").noted("\(times) calls")
    }
  }

  /// Some time of it at Meta's top rate.
  private func send(_ sandbox: JSONClient, _ memory: PeakMemory) async throws -> [Figure] {
    let seconds = seconds
    let (_, growth) = try await memory.during { try await Task.sleep(for: .seconds(seconds)) }
    let graph = try sandbox.call("GET", "/control/ledger")["graph"]
    return [
      Figure(
        "messaging_broadcast_sent_rate", Double(graph?["messages_accepted"]?.int64 ?? 0) / Double(seconds), "messages/s"
      ).noted("of \(seconds) s from the start on, feeding included"),
      Figure("messaging_broadcast_memory", growth, "MiB", atMost: 64).noted(
        "growth of the router's own pages while it is fed and sent"),
      Figure(
        "messaging_broadcast_sent_twice", Double(graph?["repeated_callback_data"]?.int64 ?? -1), "messages", atMost: 0),
    ]
  }

  /// A pause and a resume, which is left running for `feed`.
  private func end(_ broadcast: String, _ api: JSONClient) throws -> [Figure] {
    let begun = MonotonicClock.now
    try api.call("POST", broadcast + "/pause")
    let paused = milliseconds(since: begun)
    var counts = JSONValue.null
    repeat {
      usleep(5_000)
      counts = try api.call("GET", broadcast)["counts"] ?? .null
    } while counts["queued"] != 0 && milliseconds(since: begun) < 30_000
    let quiet = milliseconds(since: begun)
    try api.call("POST", broadcast + "/resume")
    return [
      Figure("messaging_broadcast_pause", paused, "ms"),
      Figure("messaging_broadcast_quiet_after_pause", quiet, "ms").noted("nothing is queued or under way any more"),
    ]
  }

  /// Feeding alone, in the store of the router that was stopped.
  private func feed(_ broadcast: String, _ world: ServiceWorld) async throws -> [Figure] {
    let database = try Database(
      path: world.files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite",
      migrations: MessagingRouterService.migrations)
    defer { database.close() }
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    let begun = MonotonicClock.now
    var fed = 0
    for _ in 0..<steps { fed += try await database.write { try MeasuredSteps.feed(broadcast, at: now, $0) } }
    let took = Double(MonotonicClock.now - begun) / 1e9
    guard fed > 0 else { throw BenchFailure("nobody was fed") }
    return [
      Figure("messaging_broadcast_feed_rate", Double(fed) / took, "rows/s", atLeast: 1_000).noted(
        "\(steps) steps one after the other, each committed: contact, conversation, message, schedule; "
          + "the target is Meta's top rate")
    ]
  }

  private func milliseconds(since begun: Int64) -> Double { Double(MonotonicClock.now - begun) / 1e6 }
}
