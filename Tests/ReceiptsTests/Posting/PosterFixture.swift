import Outbound
import ReceiptsHarness
import Synchronization
import Telemetry
import TestSupport
import Transport

@testable import Receipts

/// Real posting processes of the real program, behind a guard in the test's own process whose resolver the test plays.
final class PosterFixture: Sendable {
  let pool: PosterPool
  let egress: EgressGuard
  let loop: EventLoop
  let metrics = Metrics()
  let lines = CollectedLines()
  private let lookups: Lookups

  /// `names` gives the addresses for the nth look-up of a name, counted from 0; an unlisted name has none.
  init(
    trusting certificate: TestCertificate? = nil, limits: PosterLimits = PosterLimits(),
    rules: EgressRules = ReceiptsFixture.openRules, program: String? = nil,
    names: @escaping @Sendable (_ host: String, _ count: Int) -> [String] = { _, _ in [] }
  ) async throws {
    loop = try EventLoop(name: "posters")
    let reservation = try EgressReservation()
    let lookups = Lookups()
    self.lookups = lookups
    egress = try EgressGuard(
      rules: rules, reservation: reservation, loop: loop, limits: EgressLimits(connect: .seconds(3)),
      resolve: { host, port async throws(TransportFailure) in
        if let literal = try? SocketAddress(host: host, port: port) { return [literal] }
        let found = names(host, lookups.next(host))
        if found.isEmpty { throw TransportFailure.unresolved(host: host, reason: "not in the test's list") }
        return try found.map { text throws(TransportFailure) in try SocketAddress(host: text, port: port) }
      })
    try await egress.start()
    pool = PosterPool(
      program: try program ?? certificate?.trusting(ReceiptsHarness.binary()) ?? ReceiptsHarness.binary(),
      pass: reservation.pass, limits: limits,
      check: { url throws(OutboundFailure) in try rules.check(url: url) }, loop: loop,
      log: Log(service: "receipts", level: .debug, sink: .collecting(into: lines)), metrics: metrics)
  }

  private final class Lookups: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    func count(_ host: String) -> Int { counts.withLock { $0[host, default: 0] } }

    func next(_ host: String) -> Int {
      counts.withLock { counts in
        defer { counts[host, default: 0] += 1 }
        return counts[host, default: 0]
      }
    }
  }

  /// How often a name was looked up.
  func lookups(of host: String) -> Int { lookups.count(host) }

  /// How many processes have stopped, by the metric.
  func stops(_ process: String) -> Int {
    let line = metrics.render().split(separator: "\n").first {
      $0.hasPrefix("wss_receipts_poster_restarts_total{process=\"\(process)\"}")
    }
    return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }.map { Int($0) } ?? 0
  }

  func post(_ url: String, id: String = "evt_1", limits: OutboundLimits = OutboundLimits()) async -> PosterOutcome {
    await pool.send(
      OutboundRequest(
        method: "POST", url: url, headers: [("Content-Type", "application/json"), ("webhook-id", id)],
        body: Array(#"{"a":1}"#.utf8), mayRepeat: true, limits: limits))
  }

  /// Opens, runs `body`, closes.
  static func run(
    trusting certificate: TestCertificate? = nil, limits: PosterLimits = PosterLimits(),
    rules: EgressRules = ReceiptsFixture.openRules, program: String? = nil,
    names: @escaping @Sendable (_ host: String, _ count: Int) -> [String] = { _, _ in [] },
    _ body: (PosterFixture) async throws -> Void
  ) async throws {
    let fixture = try await PosterFixture(
      trusting: certificate, limits: limits, rules: rules, program: program, names: names)
    do {
      try await body(fixture)
    } catch {
      await fixture.close()
      throw error
    }
    await fixture.close()
  }

  func close() async {
    pool.close()
    await egress.close()
    // A process that nobody has asked for its end stays a child of the tests', and others wait for theirs.
    try? await eventually("its processes are gone") { await pool.processes().isEmpty }
    loop.stop()
  }
}

extension PosterOutcome {
  var status: Int? { if case .answered(let answer) = self { answer.status } else { nil } }
  var failure: OutboundFailure? { if case .failed(let failure) = self { failure } else { nil } }
  var isInterrupted: Bool { if case .interrupted = self { true } else { false } }
  var isUnreadable: Bool { if case .unreadable = self { true } else { false } }
}
