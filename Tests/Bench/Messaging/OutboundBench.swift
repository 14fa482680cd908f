import Contracts
import Crypto
import Daemon
import Foundation
import JSON
import MessagingRouter
import Store
import TestSupport
import Transport
import Wire

/// 1,050 messages a second over the REST API, through the router, to the sandbox's Graph: all real binaries. Two numbers
/// share them: at exactly its 1,000 a second, a number would be throttled by its own limit, and what one moment's stop left
/// waiting could never be caught up.
struct OutboundBench {
  private let rate = 1_050
  private let numbers = ["+15550100001", "+15550100002"]
  private let seconds = 20
  /// Each has written, so that each may be answered; few enough messages to each for Meta's pair rate.
  private let customers = 5_000

  func run() async throws -> [Figure] {
    let world = try MessagingSetup.world()
    let sandbox = JSONClient(port: world.sandboxPort)
    let setup = MessagingSetup(world: world, sandbox: sandbox)
    var senders: [String] = []
    for number in numbers {
      senders.append(try setup.connect(number).id)
      try setup.openWindows(customers, to: number)
    }
    // Statuses are the other figures' matter: this is the way out.
    try sandbox.call("PUT", "/control/webhooks", ["statuses": false])
    try sandbox.call("DELETE", "/control/ledger")
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let mill = SendMill(senders: senders, key: world.adminKey, customers: customers)
    let total = rate * seconds
    let before = try world.process(.messagingRouter).processorSeconds
    let commitsBefore = try KeepAliveClient(port: world.ports(.messagingRouter).private)
      .count("wss_store_commits_total")
    let begun = MonotonicClock.now
    let outcome = try await PacedLoad.run(
      loop, port: world.ports(.senderRegistry).http, connections: 64, rate: rate, total: total, make: mill.request)
    guard outcome.statuses == [202: total] else {
      throw BenchFailure("not every message was taken: \(outcome.statuses)")
    }
    try setup.wait("every message reached Meta", within: 120) {
      try sandbox.call("GET", "/control/ledger")["graph"]?["messages_accepted"]?.int64 ?? 0 >= Int64(total)
    }
    let took = Double(MonotonicClock.now - begun) / 1e9
    let after = try world.process(.messagingRouter).processorSeconds
    let arrived = try arrivals(sandbox)
    let repeated = try sandbox.call("GET", "/control/ledger")["graph"]?["repeated_callback_data"]?.int64 ?? -1
    let commits = try KeepAliveClient(port: world.ports(.messagingRouter).private).count("wss_store_commits_total")
    try world.stop()
    let waited = try await waits(world, arrived)
    return [
      Figure("messaging_out_rate", Double(total) / took, "messages/s", atLeast: 1_000).noted(
        "\(rate) messages a second for \(seconds) s over the API, until Meta had accepted the last one"),
      Figure("messaging_out_api_p99", outcome.milliseconds(0.99), "ms"),
      Figure("messaging_out_accept_to_graph_p50", Double(Samples.percentile(waited, 0.5)), "ms"),
      Figure("messaging_out_accept_to_graph_p99", Double(Samples.percentile(waited, 0.99)), "ms", atMost: 250),
      Figure("messaging_out_sent_twice", Double(repeated), "messages", atMost: 0),
      Figure("messaging_out_commits", Double(commits - commitsBefore) / Double(total), "commits per message"),
    ] + processor(before, after, total)
  }

  /// When each message was at Graph, in milliseconds, by our id.
  private func arrivals(_ sandbox: JSONClient) throws -> [String: Int64] {
    var found: [String: Int64] = [:]
    var after: Int64? = 0
    while let from = after {
      let page = try sandbox.call("GET", "/control/ledger/messages?limit=1000&after=\(from)")
      for message in page["messages"]?.array ?? [] {
        guard let id = message["biz_opaque_callback_data"]?.string,
          let at = message["at"]?.string.flatMap({
            try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse($0)
          })
        else { continue }
        found[id] = Int64((at.timeIntervalSince1970 * 1_000).rounded())
      }
      after = page["next"]?.int64
    }
    return found
  }

  /// Milliseconds between the row's commit and Graph, by the wall clock that both share.
  private func waits(_ world: ServiceWorld, _ arrived: [String: Int64]) async throws -> [Int64] {
    let database = try Database(
      path: world.files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite",
      migrations: MessagingRouterService.migrations)
    defer { database.close() }
    let queued = try await database.read { connection in
      try connection.all(
        "SELECT id, created_at FROM messages WHERE direction = 'outbound'", limit: 10_000_000
      ) { (try $0.text(0), try $0.int64(1)) }
    }
    return queued.compactMap { id, at in arrived[id].map { max(0, $0 - at) } }
  }

  private func processor(_ before: [String: Double], _ after: [String: Double], _ total: Int) -> [Figure] {
    let spent = after.map { (name: $0.key, micros: ($0.value - before[$0.key, default: 0]) / Double(total) * 1e6) }
    let all = spent.map(\.micros).reduce(0, +)
    return [Figure("messaging_out_cpu", all, "us per message")]
      + spent.filter { $0.micros >= 1 }.sorted { $0.micros > $1.micros }.map {
        Figure("messaging_out_cpu.\($0.name)", $0.micros, "us per message")
      }
  }
}
