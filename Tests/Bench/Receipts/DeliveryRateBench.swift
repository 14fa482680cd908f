/// How soon a receipt is there, and how many a second.
struct DeliveryRateBench {
  private let rate = 500
  private let seconds = 20
  private let deliveries = 30_000
  private let endpoints = 10

  func run() async throws -> [Figure] { try await latency() + throughput() }

  private func latency() async throws -> [Figure] {
    Progress.tell("\(rate) events a second to one endpoint that answers in 50 ms")
    let warmUp = rate * 3
    let total = warmUp + rate * seconds
    return try await DeliveryWorld.run(capacity: total, urls: { [$0.url(.slow)] }) { world in
      _ = try await world.hand(0..<warmUp, rate: rate)
      let handed = try await world.hand(warmUp..<total, rate: rate)
      try await world.arrived(total, within: .seconds(30))
      let delays = world.delays(warmUp..<total, handed: handed)
      return [
        Figure("receipts_first_byte_p50", Samples.percentile(delays, 0.5), "ms", atMost: 50),
        Figure("receipts_first_byte_p99", Samples.percentile(delays, 0.99), "ms", atMost: 500).noted(
          "from the hand-over, its transaction and RPC included; \(rate)/s for \(seconds) s, one endpoint, 50 ms a try"),
      ]
    }
  }

  private func throughput() async throws -> [Figure] {
    Progress.tell("\(deliveries) deliveries to \(endpoints) endpoints as fast as they go")
    let total = deliveries
    return try await DeliveryWorld.run(
      capacity: total, urls: { receiver in (0..<endpoints).map { receiver.url(.fast, $0) } }
    ) { world in
      let before = try await BareDeliveries.perSecond(url: world.receiver.url(.fast))
      let warmUp = total / 10
      _ = try await world.hand(0..<warmUp, rate: 1_000_000, ahead: 2_000)
      try await world.arrived(warmUp, within: .seconds(60))
      let first = try await world.hand(warmUp..<total, rate: 1_000_000, ahead: 2_000).first ?? 0
      try await world.arrived(total, within: .seconds(60))
      let last = world.receiver.arrivals.first.max() ?? 0
      let rate = Double(total - warmUp) / (Double(last - first) / 1e9)
      let after = try await BareDeliveries.perSecond(url: world.receiver.url(.fast))
      let bare = (before + after) / 2
      return [
        Figure("receipts_deliveries", rate, "deliveries/s", atLeast: 1_500).noted(
          "plain http, \(endpoints) endpoints, each stored, signed, posted through the egress guard and logged"),
        Figure("receipts_bare_urlsession", bare, "posts/s"),
        Figure("receipts_ratio_to_bare", rate / bare, "×"),
      ]
    }
  }
}
