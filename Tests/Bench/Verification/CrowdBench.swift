import Crypto
import Daemon
import Glibc
import JSON
import Transport
import Wire

/// Every number is verified at the same time, while webhooks and reads come in at the rate they had before.
struct CrowdBench {
  let world: VerificationWorld
  let runs: Int
  private let webhooksPerSecond: Int64 = 50
  private let readsPerSecond: Int64 = 50
  private let quietSeconds: UInt32 = 6
  /// How much slower others may become while two cores carry everything, the sandbox and this program among it.
  private let mostSlowdown = 2.0

  init(world: VerificationWorld, runs: Int) {
    self.world = world
    self.runs = runs
  }

  private struct Load {
    let webhooks: SteadyLoad
    let reads: SteadyLoad

    func restart() {
      webhooks.restart()
      reads.restart()
    }

    func stop() {
      webhooks.stop()
      reads.stop()
    }
  }

  /// One run: milliseconds of webhooks and reads without and with the sessions, and what the sessions took.
  private struct Run {
    var quiet: [Int64] = []
    var busy: [Int64] = []
    var quietReads: [Int64] = []
    var busyReads: [Int64] = []
    var seconds = 0.0
    /// Sessions open when the last one had begun, and verified in the end.
    var open = 0
    var verified = 0
    var processor: [String: Double] = [:]
  }

  func run() async throws -> [Figure] {
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let load = try load()
    defer { load.stop() }
    let others = "\(webhooksPerSecond) signed webhooks and \(readsPerSecond) reads of a sender a second meanwhile"
    Progress.tell("\(world.lines.count) sessions at once")
    let life = figures(
      try await play(speed: 1, loop, load), "crowd", target: mostSlowdown,
      "calls as long as in life; the first rings when all sessions are open. \(others)")
    Progress.tell("the same, and all calls pass at once")
    let burst = figures(
      try await play(speed: 1_000, loop, load), "burst", target: nil,
      "the same with calls that pass a thousand times faster: nobody waits for sound, and two cores do nothing but "
        + "arm, hear and hand in. No target: it shows who needs the processor. \(others)")
    try world.sandbox.call("PUT", "/control/carrier/calls", ["call_delay_ms": 300])
    return life + burst
  }

  private func play(speed: Int64, _ loop: EventLoop, _ load: Load) async throws -> [Run] {
    // All of them are open before the first call rings.
    try world.sandbox.call("PUT", "/control/carrier/calls", ["call_delay_ms": 2_000, "speed": .integer(speed)])
    defer { _ = try? world.sandbox.ask("PUT", "/control/carrier/calls", ["speed": 1_000]) }
    var all: [Run] = []
    for _ in 0..<runs { all.append(try await play(loop, load)) }
    return all
  }

  private func play(_ loop: EventLoop, _ load: Load) async throws -> Run {
    var run = Run()
    for line in world.lines { try world.makeUnverified(line) }
    // Caches fill.
    sleep(2)
    load.restart()
    sleep(quietSeconds)
    (run.quiet, run.quietReads) = (try load.webhooks.latencies(), try load.reads.latencies())
    let head = "Host: 127.0.0.1\r\nAuthorization: Bearer \(world.services.adminKey)\r\n"
    let body = String(decoding: try JSONCoder.encode(VerificationWorld.request), as: UTF8.self)
    let requests = world.lines.map { Array(KeepAliveClient.request("POST", world.path($0), head, body: body).utf8) }
    let (before, spent) = (try world.submissions().all, try processorSeconds())
    load.restart()
    let begun = MonotonicClock.now
    let outcome = try await LoadGenerator.run(
      loop, port: try world.services.ports(.senderRegistry).http, connections: 16, requests: requests)
    guard outcome.statuses == [201: requests.count] else {
      throw BenchFailure("not every verification was begun: \(outcome.statuses)")
    }
    run.open = requests.count - (try world.submissions().all - before)
    let resting = VerificationWorld.over.union(["needs_a_listener"])
    var views: [JSONValue] = []
    try world.wait("every session is at rest", within: 120, every: 200) {
      views = try world.newest(requests.count)
      return views.allSatisfy { resting.contains($0["state"]?.string ?? "") }
    }
    run.seconds = Double(MonotonicClock.now - begun) / 1e9
    (run.busy, run.busyReads) = (try load.webhooks.latencies(), try load.reads.latencies())
    for (name, seconds) in try processorSeconds() { run.processor[name] = seconds - spent[name, default: 0] }
    run.verified = Set(views.filter { $0["state"] == "verified" }.map { $0["sender_id"]?.string }).count
    try world.settled(views.compactMap { $0["id"]?.string })
    return run
  }

  // MARK: The load of others

  private func load() throws -> Load {
    let router = try world.services.ports(.messagingRouter).http
    let recipient = try recipient()
    var mill = WebhookMill(secret: Secret(world.services.appSecret), port: router, to: recipient)
    let client = "Host: 127.0.0.1\r\nAuthorization: Bearer \(world.services.adminKey)\r\n"
    let reads = world.lines.map { Array(KeepAliveClient.request("GET", "/v1/senders/\($0.sender)", client).utf8) }
    // No two alike in four minutes.
    let webhooks = mill.requests(240 * Int(webhooksPerSecond))
    return Load(
      webhooks: SteadyLoad(port: router, requests: webhooks, perSecond: webhooksPerSecond),
      reads: SteadyLoad(
        port: try world.services.ports(.senderRegistry).http, requests: reads, perSecond: readsPerSecond))
  }

  /// A sender online, to whom customers write.
  private func recipient() throws -> WebhookMill.Recipient {
    let phone = "+15550100001"
    let sender =
      try world.registry.call(
        "POST", "/v1/senders", ["phone_number": .string(phone), "display_name": "Bench shop"])["id"]?.string ?? ""
    let signup = try world.sandbox.call(
      "POST", "/control/signup", ["phone_number": .string(phone), "display_name": "Bench shop", "verified": true])
    var body = JSONObject()
    for name in ["code", "waba_id", "phone_number_id", "business_id", "event"] { body[name] = signup[name] ?? .null }
    try world.registry.call("POST", "/v1/senders/\(sender)/connect", .object(body))
    try world.wait("the sender is online") {
      try world.registry.call("GET", "/v1/senders/\(sender)")["status"] == "online"
    }
    guard let number = signup["phone_number_id"]?.string, let account = signup["waba_id"]?.string else {
      throw BenchFailure("the signup gave no number")
    }
    return WebhookMill.Recipient(phoneNumberID: number, wabaID: account, businessNumber: String(phone.dropFirst()))
  }

  /// Seconds of processor time so far, by process.
  private func processorSeconds() throws -> [String: Double] {
    var seconds: [String: Double] = [:]
    for process in world.services.services + (world.services.sandbox.map { [$0] } ?? []) {
      seconds[process.name] = process.processorSeconds.values.reduce(0, +)
    }
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    seconds["bench"] = times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    return seconds
  }

  // MARK: Figures

  private func figures(_ all: [Run], _ prefix: String, target: Double?, _ note: String) -> [Figure] {
    func least(_ path: KeyPath<Run, Int>) -> Double { Double(all.map { $0[keyPath: path] }.min() ?? 0) }
    let count = Double(world.lines.count)
    var figures = [
      Figure("\(prefix)_sessions_open_at_once", least(\.open), "sessions", atLeast: count),
      Figure("\(prefix)_sessions_verified", least(\.verified), "sessions", atLeast: count),
      Figure("\(prefix)_all_verified_after", Samples.median(all.map(\.seconds)), "s").noted(note),
    ]
    for (name, quiet, busy) in [
      ("ingress", \Run.quiet, \Run.busy), ("api_read", \Run.quietReads, \Run.busyReads),
    ] {
      func median(_ path: KeyPath<Run, [Int64]>, _ part: Double) -> Double {
        Samples.median(all.map { Samples.milliseconds(Samples.percentile($0[keyPath: path], part)) })
      }
      let slowdown = Samples.median(
        all.map { run in
          Double(Samples.percentile(run[keyPath: busy], 0.5)) / Double(Samples.percentile(run[keyPath: quiet], 0.5))
        })
      figures += [
        Figure("\(prefix)_\(name)_p50_without", median(quiet, 0.5), "ms"),
        Figure("\(prefix)_\(name)_p50_with", median(busy, 0.5), "ms"),
        target.map { Figure("\(prefix)_\(name)_p50_ratio", slowdown, "ratio", atMost: $0) }
          ?? Figure("\(prefix)_\(name)_p50_ratio", slowdown, "ratio"),
        Figure("\(prefix)_\(name)_p99_without", median(quiet, 0.99), "ms"),
        Figure("\(prefix)_\(name)_p99_with", median(busy, 0.99), "ms"),
      ]
    }
    for name in all.flatMap(\.processor.keys).reduce(into: Set<String>(), { $0.insert($1) }).sorted() {
      figures.append(Figure("\(prefix)_cpu.\(name)", Samples.median(all.map { $0.processor[name] ?? 0 }), "s"))
    }
    return figures
  }
}
