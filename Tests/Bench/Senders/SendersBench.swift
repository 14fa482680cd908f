import Crypto
import Daemon
import Glibc
import JSON
import SenderRegistry
import Store
import TestSupport
import Transport
import Wire

/// One account with 10,000 senders, in the real binaries: how fast people see them, and how fast a change is where it
/// is needed.
struct SendersBench {
  let runs: Int
  private let senders = 10_000
  private let pageLimit = 100
  /// People and programs that look at the same time.
  private let connections = 4
  private let roundsPerRun = 10
  private let changes = 200
  /// Who has a copy of the senders.
  private let copies: [ServiceName] = [.verifier, .messagingRouter, .receipts]

  init(runs: Int) { self.runs = runs }

  func run() async throws -> [Figure] {
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let world = try ServiceWorld([.senderRegistry: ["API_RATE_PER_SECOND": "100000"]])
    _ = try world.start()
    let created = try await create(world, loop)
    try world.stop(.senderRegistry)
    try await connectAll(world)
    let spread = try await pollSpread(world)
    let snapshots = try snapshots(world)
    let pages = try await list(world, loop)
    let pushes = try push(world)
    try world.stop()
    return [Figure("senders_created", created, "senders/s")] + pages + pushes + snapshots + spread
  }

  private func client(_ world: ServiceWorld) throws -> KeepAliveClient {
    try KeepAliveClient(port: world.ports(.senderRegistry).http, authorization: world.adminKey)
  }

  /// No two of these are the same number.
  private func body(_ number: Int) -> String {
    "{\"phone_number\":\"+4930\(10_000_000 + number)\",\"display_name\":\"Bench shop \(number)\"}"
  }

  private func create(_ world: ServiceWorld, _ loop: EventLoop) async throws -> Double {
    let client = try client(world)
    let requests = (0..<senders).map { client.bytes("POST", "/v1/senders", body: body($0)) }
    let outcome = try await LoadGenerator.run(
      loop, port: world.ports(.senderRegistry).http, connections: 16, requests: requests)
    guard outcome.statuses == [201: senders] else {
      throw BenchFailure("not every sender was created: \(outcome.statuses)")
    }
    return Double(senders) / outcome.seconds
  }

  /// What onboarding would have come to, written into the stopped registry's database: each sender is online and has
  /// a token of its own.
  private func connectAll(_ world: ServiceWorld) async throws {
    let keyring = try SealingKeyring(file: world.files.sealingKeyFile(.senderRegistry))
    let database = try registry(world)
    defer { database.close() }
    try await database.write { connection in
      let ids = try connection.all("SELECT id FROM senders ORDER BY id", limit: 20_000) { try $0.text(0) }
      for (index, id) in ids.enumerated() {
        let token = keyring.seal(
          Secret("EAAG" + String(repeating: "t", count: 196)), binding: "senders.access_token:\(id)")
        try connection.execute(
          """
          UPDATE senders SET status = 'online', reasons = '[]', waba_id = ?, phone_number_id = ?, access_token = ?
          WHERE id = ?
          """, "\(102_290_000_000_000 + index / 20)", "\(106_540_000_000_000 + index)", token, id)
      }
    }
  }

  /// The registry's first look at 10,000 numbers it should keep reading: how evenly it has spread them over the
  /// interval of five minutes.
  private func pollSpread(_ world: ServiceWorld) async throws -> [Figure] {
    try world.launch(.senderRegistry)
    _ = try world.ports(.senderRegistry)
    // Spread in the worker's first turn; a stop afterwards keeps it.
    let client = try KeepAliveClient(port: world.ports(.senderRegistry).private)
    try wait("the readings are spread") { try client.metric("wss_store_writes_total") ?? 0 > 0 }
    try await Task.sleep(for: .seconds(2))
    try world.stop(.senderRegistry)
    let database = try registry(world)
    defer { database.close() }
    let due = try await database.read { connection in
      try connection.all("SELECT due_at / 1000 FROM sender_polls ORDER BY due_at", limit: 20_000) { try $0.int64(0) }
    }
    guard due.count == senders, let first = due.first, let last = due.last else {
      throw BenchFailure("\(due.count) of \(senders) senders are to be read")
    }
    var seconds: [Int64: Int] = [:]
    for second in due { seconds[second, default: 0] += 1 }
    let mean = Double(senders) / Double(last - first + 1)
    return [
      Figure("senders_poll_window", Double(last - first + 1), "s", atLeast: 290),
      Figure("senders_poll_busiest_second_to_mean", Double(seconds.values.max() ?? 0) / mean, "ratio", atMost: 2),
    ]
  }

  private func registry(_ world: ServiceWorld) throws -> Database {
    try Database(
      path: world.files.dataDirectory(.senderRegistry) + "/sender-registry.sqlite",
      migrations: SenderRegistryService.migrations)
  }

  /// The registry begins a new epoch, and everybody copies everything.
  private func snapshots(_ world: ServiceWorld) throws -> [Figure] {
    var seconds: [ServiceName: [Double]] = [:]
    for run in 0..<runs {
      if run > 0 { try world.stop(.senderRegistry) }
      let before = try copies.map { try snapshotCount(world, $0) }
      try world.launch(.senderRegistry, ["REPLICA_NEW_EPOCH": "true"])
      _ = try world.ports(.senderRegistry)
      for (service, count) in zip(copies, before) {
        let metrics = try KeepAliveClient(port: world.ports(service).private)
        try wait("\(service) has copied the senders") {
          try metrics.metric("wss_replica_snapshots_total") ?? 0 > count
        }
        guard try metrics.metric("wss_replica_position") ?? 0 >= Double(senders) else {
          throw BenchFailure("\(service) has not copied every sender")
        }
        seconds[service, default: []].append(try metrics.metric("wss_replica_snapshot_seconds") ?? 0)
      }
    }
    return copies.map { Figure("senders_snapshot_10000.\($0)", Samples.median(seconds[$0] ?? []), "s") }
  }

  private func snapshotCount(_ world: ServiceWorld, _ service: ServiceName) throws -> Double {
    try KeepAliveClient(port: world.ports(service).private).metric("wss_replica_snapshots_total") ?? 0
  }

  /// Every page of the list again and again.
  private func list(_ world: ServiceWorld, _ loop: EventLoop) async throws -> [Figure] {
    let client = try client(world)
    var paths: [String] = []
    var next: String? = "/v1/senders?limit=\(pageLimit)"
    var seen = 0
    while let path = next {
      paths.append(path)
      let answer = try client.send("GET", path)
      guard answer.status == 200 else { throw BenchFailure("\(path) was answered \(answer.status)") }
      let page = try JSONDocument(parsing: answer.body).root
      seen += page["data"]?.count ?? 0
      next = page["next_cursor"]?.string.map { "/v1/senders?limit=\(pageLimit)&cursor=\($0)" }
    }
    guard seen == senders else { throw BenchFailure("the pages show \(seen) senders, not \(senders)") }
    let registry = try world.process(.senderRegistry)
    let port = try world.ports(.senderRegistry).http
    let requests = (0..<roundsPerRun).flatMap { _ in paths.map { client.bytes("GET", $0) } }
    // The first round fills caches.
    _ = try await LoadGenerator.run(loop, port: port, connections: connections, requests: requests)
    let before = try registry.memory("VmRSS")
    var p50: [Double] = []
    var p99: [Double] = []
    var rates: [Double] = []
    let spent = try processorSeconds(world)
    for _ in 0..<runs {
      let outcome = try await LoadGenerator.run(loop, port: port, connections: connections, requests: requests)
      guard outcome.accepted == requests.count else {
        throw BenchFailure("not every page was answered 200: \(outcome.statuses)")
      }
      p50.append(outcome.milliseconds(0.5))
      p99.append(outcome.milliseconds(0.99))
      rates.append(outcome.rate)
    }
    let processor = try processorSeconds(world) - spent
    return [
      Figure("senders_page_p50", Samples.median(p50), "ms"),
      Figure("senders_page_p99", Samples.median(p99), "ms", atMost: 20),
      Figure("senders_pages", Samples.median(rates), "pages/s"),
      Figure("senders_cpu_per_page", processor * 1_000 / Double(runs * requests.count), "ms"),
      Figure("senders_rss_with_10000", before, "MiB"),
      Figure(
        "senders_rss_growth_of_\(runs * requests.count)_pages", try registry.memory("VmRSS") - before, "MiB", atMost: 2),
    ]
  }

  /// Of the two services that a page of senders comes from.
  private func processorSeconds(_ world: ServiceWorld) throws -> Double {
    try [ServiceName.senderRegistry, .messagingRouter].map {
      try world.process($0).processorSeconds.values.reduce(0, +)
    }.reduce(0, +)
  }

  /// From the request that makes a sender to the moment at which the copies act on its row: the router knows whose it
  /// is, and receipts takes its webhook.
  private func push(_ world: ServiceWorld) throws -> [Figure] {
    let client = try client(world)
    var times: [ServiceName: [Int64]] = [:]
    for change in 0..<changes {
      let begun = MonotonicClock.now
      let made = try client.send("POST", "/v1/senders", body: body(senders + change))
      guard made.status == 201, let id = try JSONDocument(parsing: made.body).root["id"]?.string else {
        throw BenchFailure("a sender could not be created: \(made.status)")
      }
      let message = "{\"sender_id\":\"\(id)\",\"to\":\"+16505550100\",\"text\":\"hi\"}"
      let webhook = "{\"url\":\"http://127.0.0.1:\(world.sandboxPort)/business/receipts/bench\"}"
      var waiting: Set<ServiceName> = [.messagingRouter, .receipts]
      let end = MonotonicClock.now + 60_000_000_000
      while !waiting.isEmpty {
        if waiting.contains(.messagingRouter) {
          let answer = try client.send("POST", "/v1/messages", body: message)
          let code = try JSONDocument(parsing: answer.body).root["code"]?.string
          if code != "SENDER_NOT_FOUND" {
            // No customer has written to it: that is refused by who knows the sender.
            guard answer.status == 409 else { throw BenchFailure("a message was answered \(answer.status)") }
            times[.messagingRouter, default: []].append(MonotonicClock.now - begun)
            waiting.remove(.messagingRouter)
          }
        }
        if waiting.contains(.receipts) {
          let answer = try client.send("PUT", "/v1/senders/\(id)/receipts-webhook", body: webhook)
          if answer.status != 404 {
            guard answer.status == 200 else { throw BenchFailure("a webhook was answered \(answer.status)") }
            times[.receipts, default: []].append(MonotonicClock.now - begun)
            waiting.remove(.receipts)
          }
        }
        if MonotonicClock.now > end { throw BenchFailure("\(waiting) do not know a sender after 60 s") }
      }
    }
    return [ServiceName.messagingRouter, .receipts].flatMap { service in
      let all = times[service] ?? []
      return [
        Figure("senders_push_p50.\(service)", Samples.milliseconds(Samples.percentile(all, 0.5)), "ms"),
        Figure("senders_push_p99.\(service)", Samples.milliseconds(Samples.percentile(all, 0.99)), "ms", atMost: 1_000),
      ]
    }
  }

  private func wait(_ what: String, _ condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(60)
    while !(try condition()) {
      if ContinuousClock.now > end { throw BenchFailure("\(what): not within 60 s") }
      usleep(1_000)
    }
  }
}
