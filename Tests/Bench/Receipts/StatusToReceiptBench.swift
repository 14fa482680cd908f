import Transport

/// From Meta's status webhook to the business: the whole way, through the real router and the real receipts.
struct StatusToReceiptBench {
  private let statusesPerSecond = 500
  private let seconds = 20

  func run() async throws -> [Figure] {
    Progress.tell("\(statusesPerSecond) statuses a second through the router to one endpoint that answers in 50 ms")
    let messages = statusesPerSecond * seconds / 3
    let receiver = try await BenchReceiver(capacity: 0)
    let world = try await RateWorld(sent: messages, endpoint: receiver.port)
    try await world.setWebhook(receiver.url(.aged))
    let loop = try EventLoop(name: "bench-load")
    defer { loop.stop() }
    let mill = RateMill(secret: world.secret, port: world.port)
    let total = RateMill.count(messages: messages)
    _ = try await PacedLoad.run(
      loop, port: world.port, connections: 16, rate: total / seconds, total: total, make: mill.request)
    let wanted = messages * 3
    let end = MonotonicClock.now + 30_000_000_000
    while receiver.arrivals.ages.count < wanted, MonotonicClock.now < end {
      try await Task.sleep(for: .milliseconds(50))
    }
    let ages = receiver.arrivals.ages
    _ = try await world.stop()
    await receiver.stop()
    guard ages.count == wanted else { throw BenchFailure("\(ages.count) of \(wanted) receipts arrived") }
    // Without the first three seconds, in which the endpoint is not known yet.
    let known = Array(ages.dropFirst(statusesPerSecond * 3))
    return [
      Figure("receipts_status_to_first_byte_p50", Samples.percentile(known, 0.5), "ms", atMost: 50),
      Figure("receipts_status_to_first_byte_p99", Samples.percentile(known, 0.99), "ms", atMost: 500).noted(
        "from the router's record of the status to the arrival of the whole request; \(statusesPerSecond)/s for "
          + "\(seconds) s beside \(statusesPerSecond / 3) messages/s"),
    ]
  }
}
