import Crypto
import Foundation
import TestSupport
import Transport

/// Signed webhooks of one message each over 64 connections, answered 200 after commit, by the real binary; and the
/// same load against the HTTP server alone.
struct IngressBench {
  let runs: Int
  private let connections = 64
  /// Five seconds' worth at the target rate.
  private let requestsPerRun = 50_000

  init(runs: Int) { self.runs = runs }

  func run() async throws -> [Figure] {
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let bare = try await bareRates(loop)
    let router = try await IngressRouter()
    var mill = WebhookMill(secret: router.secret, port: router.port)
    _ = try await LoadGenerator.run(loop, port: router.port, connections: connections, requests: mill.requests(5_000))
    var accepted = 5_000
    var outcomes: [LoadOutcome] = []
    var processed: [Double] = []
    var processor: [String: [Double]] = [:]
    for _ in 0..<runs {
      let requests = mill.requests(requestsPerRun)
      let before = (try router.processed(), router.processorSeconds)
      let outcome = try await LoadGenerator.run(loop, port: router.port, connections: connections, requests: requests)
      let after = (try router.processed(), router.processorSeconds)
      guard outcome.accepted == requestsPerRun else {
        throw BenchFailure("not every webhook was answered 200: \(outcome.statuses)")
      }
      accepted += outcome.accepted
      processed.append(Double(after.0 - before.0) / outcome.seconds)
      for (thread, seconds) in after.1 {
        let spent = (seconds - before.1[thread, default: 0]) * 1e6 / Double(outcome.accepted)
        if spent >= 0.1 { processor[thread, default: []].append(spent) }
      }
      outcomes.append(outcome)
    }
    let backlog = try await backlogRate(router)
    let stored = try await router.stop()
    let rate = Samples.median(outcomes.map(\.rate))
    var figures = [
      Figure("ingress_webhooks", rate, "webhooks/s", atLeast: 10_000),
      Figure("ingress_p50", Samples.median(outcomes.map { $0.milliseconds(0.5) }), "ms"),
      Figure("ingress_p99", Samples.median(outcomes.map { $0.milliseconds(0.99) }), "ms", atMost: 50),
      Figure("ingress_bare_http_floor", bare, "requests/s"),
      Figure("ingress_to_bare_http", rate / bare, "ratio"),
      Figure("ingress_answered_but_lost", Double(accepted - stored.messages - stored.waiting), "webhooks", atMost: 0),
      Figure("ingress_processed_meanwhile", Samples.median(processed), "messages/s"),
      Figure("ingress_backlog_processed", backlog, "messages/s"),
    ]
    let totals = processor.map { (thread: $0.key, median: Samples.median($0.value)) }
    figures.append(Figure("ingress_cpu_per_webhook", totals.map(\.median).reduce(0, +), "us"))
    for total in totals.sorted(by: { $0.median > $1.median }) {
      figures.append(Figure("ingress_cpu_per_webhook.\(total.thread)", total.median, "us"))
    }
    return figures
  }

  private func bareRates(_ loop: EventLoop) async throws -> Double {
    let folder = try TemporaryDirectory()
    let ready = folder.file("port")
    let server = try BenchProcess(
      "bench", arguments: [BareHTTPServer.argument, ready], log: folder.file("server.log"))
    let text = String(decoding: try server.wait(for: ready, within: .seconds(10)), as: UTF8.self)
    guard let port = Int(text) else { throw BenchFailure("the bare server has no port") }
    var mill = WebhookMill(secret: Secret([1]), port: port)
    var rates: [Double] = []
    for _ in 0..<runs {
      let requests = mill.requests(requestsPerRun)
      rates.append(
        try await LoadGenerator.run(loop, port: port, connections: connections, requests: requests).rate)
    }
    try server.stop()
    return Samples.median(rates)
  }

  /// How fast stored bodies become messages when nothing else comes in.
  private func backlogRate(_ router: IngressRouter) async throws -> Double {
    let (begun, before) = (MonotonicClock.now, try router.processed())
    try await Task.sleep(for: .seconds(1))
    let count = try router.processed() - before
    return Double(count) / (Double(MonotonicClock.now - begun) / 1e9)
  }
}
