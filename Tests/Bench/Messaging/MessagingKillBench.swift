import Crypto
import Daemon
import Foundation
import Glibc
import JSON
import MessagingRouter
import Receipts
import Store
import TestSupport
import Transport
import Wire

/// The full rate inward and a thousand messages a second outward, while `kill -9` ends the router, receipts and the
/// registry at random, Meta says some things twice, refuses some sends and leaves some without an answer.
struct MessagingKillBench {
  let seconds: Int
  private let messagesPerSecond = 1_000
  private let sendsPerSecond = 1_000
  /// Few enough messages to each for Meta's pair rate.
  private let customers = 5_000
  private let business = "+15550100001"

  init(isLong: Bool) { seconds = isLong ? 600 : 60 }

  func run() async throws -> [Figure] {
    let world = try MessagingSetup.world()
    let sandbox = JSONClient(port: world.sandboxPort)
    let setup = MessagingSetup(world: world, sandbox: sandbox)
    let sender = try setup.connect(business)
    try setup.openWindows(customers)
    try world.stop(.messagingRouter)
    let messages = seconds * messagesPerSecond
    try await RatePlanting(
      path: routerPath(world), sender: sender.id, account: try await account(of: sender.id, world),
      scope: sender.wabaID
    ).plant(messages)
    try world.launch(.messagingRouter)
    _ = try world.ports(.messagingRouter)
    try orderFaults(sandbox)
    let outcome = try await load(world, sender, messages)
    try sandbox.call("DELETE", "/control/faults")
    let settled = try settle(world, sandbox)
    let ledger = try sandbox.call("GET", "/control/ledger")
    try world.stop()
    let judged = try await judge(world, ledger, sandboxStatuses: settled.statuses)
    let sends = seconds * sendsPerSecond
    let note =
      "\(seconds) s, \(outcome.kills) kills; webhooks \(outcome.webhooks.tries) tries for \(outcome.webhooks.done), "
      + "API \(outcome.sends.tries) tries for \(outcome.sends.done); unknown in the end: \(judged.unknown)"
    return [
      Figure("messaging_kills", Double(outcome.kills), "kills", atLeast: Double(seconds / 4)).noted(note),
      Figure("messaging_kills_webhooks_lost", Double(messages + customers - judged.inbound), "messages", atMost: 0),
      Figure("messaging_kills_statuses_lost", Double(messages * 3 - judged.plantedStatuses), "statuses", atMost: 0),
      Figure(
        "messaging_kills_receipts_lost", Double(judged.statuses - judged.events), "events", atMost: 0),
      Figure("messaging_kills_receipts_twice", Double(judged.eventsTwice), "events", atMost: 0),
      Figure("messaging_kills_sends_lost", Double(sends - judged.accounted), "messages", atMost: 0).noted(
        "taken by the API, and neither at Meta, nor failed with a reason, nor `unknown`"),
      Figure("messaging_kills_sends_twice", Double(judged.sentTwice), "messages", atMost: 0),
      Figure("messaging_kills_still_waiting", Double(judged.waiting), "messages", atMost: 0),
      Figure("messaging_kills_unknown", Double(judged.unknown), "messages"),
    ]
  }

  private struct Loaded: Sendable {
    var webhooks = StubbornLoad.Outcome()
    var sends = StubbornLoad.Outcome()
    var kills = 0
  }

  private func load(_ world: ServiceWorld, _ sender: MessagingSetup.Sender, _ messages: Int) async throws -> Loaded {
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let webhookPort = try world.ports(.messagingRouter).http
    let apiPort = try world.ports(.senderRegistry).http
    let mill = RateMill(
      secret: Secret(Array(world.appSecret.utf8)), port: webhookPort,
      to: WebhookMill.Recipient(
        phoneNumberID: sender.phoneNumberID, wabaID: sender.wabaID, businessNumber: String(business.dropFirst())))
    let sends = SendMill(senders: [sender.id], key: world.adminKey, customers: customers)
    let total = RateMill.count(messages: messages)
    let limit = Duration.seconds(seconds * 3 + 60)
    async let webhooks = StubbornLoad.run(
      loop, port: webhookPort, connections: 64, rate: total / seconds, total: total, wanted: 200, limit: limit,
      make: mill.request)
    async let sent = StubbornLoad.run(
      loop, port: apiPort, connections: 64, rate: sendsPerSecond, total: seconds * sendsPerSecond, wanted: 202,
      limit: limit, make: sends.request)
    var loaded = Loaded()
    let end = MonotonicClock.now + Int64(seconds) * 1_000_000_000
    while MonotonicClock.now < end {
      try await Task.sleep(for: .milliseconds(Int.random(in: 1_000...4_000)))
      let victim: ServiceName =
        [.messagingRouter, .messagingRouter, .receipts, .senderRegistry].randomElement() ?? .receipts
      try world.kill(victim)
      loaded.kills += 1
      try world.launch(victim)
      _ = try world.ports(victim)
    }
    loaded.webhooks = try await webhooks
    loaded.sends = try await sent
    return loaded
  }

  private func orderFaults(_ sandbox: JSONClient) throws {
    let faults: [(String, String, Double, JSONObject)] = [
      ("graph.messages", "delay", 0.3, ["milliseconds": 30]),
      ("graph.messages", "drop_response_after_accept", 0.01, [:]),
      ("graph.messages", "error_code", 0.02, ["code": 131_000]),
      // Each of these stops the whole number for a second.
      ("graph.messages", "error_code", 0.000_2, ["code": 130_429]),
      ("webhooks", "duplicate", 0.1, [:]),
    ]
    for (target, kind, probability, parameters) in faults {
      try sandbox.call(
        "POST", "/control/faults",
        [
          "target": .string(target), "kind": .string(kind), "count": 0, "probability": .number(probability),
          "parameters": .object(parameters),
        ])
    }
  }

  /// Waits until nothing moves any more: all that Meta made is acknowledged, and receipts have stopped growing.
  private func settle(_ world: ServiceWorld, _ sandbox: JSONClient) throws -> (statuses: Int, events: Int) {
    let port = try world.ports(.receipts).private
    var last = (-1, -1)
    var still = 0
    let end = MonotonicClock.now + 300_000_000_000
    while still < 5 {
      if MonotonicClock.now > end { throw BenchFailure("it does not settle within 300 s") }
      usleep(1_000_000)
      let ledger = try sandbox.call("GET", "/control/ledger")
      let pending = ledger["webhooks"]?["pending"]?.int64 ?? 1
      let seen = (
        Int(ledger["statuses"]?["made"]?.int64 ?? 0),
        try KeepAliveClient(port: port).count(#"wss_receipts_events_total{outcome="stored"}"#)
      )
      still = pending == 0 && seen == last ? still + 1 : 0
      last = seen
    }
    return last
  }

  private struct Judged: Sendable {
    var inbound = 0
    var plantedStatuses = 0
    var statuses = 0
    var events = 0
    var eventsTwice = 0
    var accounted = 0
    var sentTwice = 0
    var waiting = 0
    var unknown = 0
  }

  private func judge(_ world: ServiceWorld, _ ledger: JSONValue, sandboxStatuses: Int) async throws -> Judged {
    var judged = Judged()
    judged.sentTwice = Int(ledger["graph"]?["repeated_callback_data"]?.int64 ?? -1)
    let router = try Database(path: routerPath(world), migrations: MessagingRouterService.migrations)
    defer { router.close() }
    let counts = try await router.read { connection in
      try [
        "SELECT count(*) FROM messages WHERE direction = 'inbound'",
        """
        SELECT count(*) FROM message_statuses s JOIN messages m ON m.id = s.message_id
        WHERE m.text = '\(RatePlanting.text)'
        """,
        "SELECT count(*) FROM message_statuses",
        """
        SELECT count(*) FROM messages WHERE direction = 'outbound' AND text != '\(RatePlanting.text)'
          AND status IN ('accepted', 'sent', 'delivered', 'read', 'failed', 'unknown')
        """,
        "SELECT count(*) FROM messages WHERE status IN ('queued', 'sending')",
        "SELECT count(*) FROM messages WHERE status = 'unknown'",
      ].map { try connection.first($0) { try $0.int(0) } ?? 0 }
    }
    (judged.inbound, judged.plantedStatuses, judged.statuses) = (counts[0], counts[1], counts[2])
    (judged.accounted, judged.waiting, judged.unknown) = (counts[3], counts[4], counts[5])
    let receipts = try Database(
      path: world.files.dataDirectory(.receipts) + "/receipts.sqlite", migrations: ReceiptsService.migrations)
    defer { receipts.close() }
    let events = try await receipts.read { connection in
      try [
        "SELECT count(*) FROM (SELECT DISTINCT message_id, status FROM events WHERE message_id IS NOT NULL)",
        """
        SELECT count(*) FROM (
          SELECT 1 FROM events WHERE message_id IS NOT NULL GROUP BY message_id, status HAVING count(*) > 1)
        """,
      ].map { try connection.first($0) { try $0.int(0) } ?? 0 }
    }
    (judged.events, judged.eventsTwice) = (events[0], events[1])
    return judged
  }

  private func account(of sender: String, _ world: ServiceWorld) async throws -> String {
    let database = try Database(path: routerPath(world), migrations: MessagingRouterService.migrations)
    defer { database.close() }
    let account = try await database.read { connection in
      try connection.first("SELECT account_id FROM replica_senders WHERE sender_id = ?", sender) { try $0.text(0) }
    }
    guard let account else { throw BenchFailure("the router has not copied the sender") }
    return account
  }

  private func routerPath(_ world: ServiceWorld) -> String {
    world.files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite"
  }
}
