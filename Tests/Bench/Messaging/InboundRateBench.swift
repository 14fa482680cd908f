import Foundation
import Synchronization
import Transport

/// 1,000 messages and 3,000 statuses a second, each a webhook of its own, for a minute or for ten.
struct InboundRateBench {
  let seconds: Int
  private let messagesPerSecond = 1_000

  init(isLong: Bool) { seconds = isLong ? 600 : 60 }

  func run() async throws -> [Figure] {
    let messages = seconds * messagesPerSecond
    let world = try await RateWorld(sent: messages)
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let mill = RateMill(secret: world.secret, port: world.port)
    let total = RateMill.count(messages: messages)
    let before = (router: world.router.processorSeconds, receipts: world.receipts.processorSeconds)
    let watch = MemoryWatch([world.router, world.receipts])
    async let memory = watch.run(for: seconds)
    let outcome = try await PacedLoad.run(
      loop, port: world.port, connections: 64, rate: total / seconds, total: total, make: mill.request)
    let samples = try await memory
    // A status each, an event of each message, and one of each conversation's beginning.
    let events = messages * 4 + min(messages, RateMill.customers)
    let behind = events - (try world.handedOver())
    let caughtUp = try await catchUp(world, updates: total, events: events)
    let after = (router: world.router.processorSeconds, receipts: world.receipts.processorSeconds)
    let stored = try await world.stop()
    let note = "\(seconds) s, \(total) webhooks, every 51st twice; \(outcome.statuses)"
    var figures = [
      Figure("messaging_in_rate", outcome.rate, "webhooks/s", atLeast: Double(total / seconds) * 0.99).noted(note),
      Figure("messaging_in_answer_p50", outcome.milliseconds(0.5), "ms", atMost: 10),
      Figure("messaging_in_answer_p99", outcome.milliseconds(0.99), "ms", atMost: 250),
      Figure(
        "messaging_in_lost", Double(messages - stored.messages + messages * 3 - stored.statuses + stored.waiting),
        "updates", atMost: 0),
      Figure(
        "messaging_in_not_handed_over", Double(messages * 3 - stored.events + stored.outbox), "statuses", atMost: 0),
      Figure("messaging_in_behind_at_the_end", Double(max(0, behind)), "events"),
      Figure("messaging_in_caught_up_after", caughtUp, "s"),
    ]
    for (name, growth) in samples.growth() {
      figures.append(
        Figure("messaging_in_memory.\(name)", growth.ratio, "ratio", atMost: 1.1).noted(
          "mean of the last sixth of the run (\(Int(growth.last)) MiB) to that of its third sixth"))
    }
    for (name, spent) in [
      ("router", Self.spent(before.router, after.router)), ("receipts", Self.spent(before.receipts, after.receipts)),
    ] {
      let all = spent.map(\.seconds).reduce(0, +)
      figures.append(Figure("messaging_in_cpu.\(name)", all / Double(messages * 4) * 1e6, "us per update"))
      for thread in spent where thread.seconds / Double(messages * 4) * 1e6 >= 1 {
        figures.append(
          Figure(
            "messaging_in_cpu.\(name).\(thread.name)", thread.seconds / Double(messages * 4) * 1e6, "us per update"))
      }
    }
    return figures
  }

  /// Waits until everything is worked off and handed over; seconds, or the limit.
  private func catchUp(_ world: RateWorld, updates: Int, events: Int) async throws -> Double {
    let begun = MonotonicClock.now
    var elapsed = 0.0
    while try world.processed() < updates || world.handedOver() < events, elapsed < 120 {
      try await Task.sleep(for: .milliseconds(100))
      elapsed = Double(MonotonicClock.now - begun) / 1e9
    }
    return elapsed
  }

  private static func spent(_ before: [String: Double], _ after: [String: Double]) -> [(name: String, seconds: Double)]
  {
    after.map { (name: $0.key, seconds: $0.value - before[$0.key, default: 0]) }.sorted { $0.seconds > $1.seconds }
  }
}
