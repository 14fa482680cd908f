import Contracts

/// How soon a receipt is there, and how many a second.
struct DeliveryRateBench {
  private let eventsPerSecond = 500
  private let seconds = 20
  private let deliveries = 30_000
  private let endpoints = 10

  func soon() async throws -> [Figure] {
    Progress.tell("\(eventsPerSecond) events a second to one endpoint that answers in 50 ms")
    let warmUp = eventsPerSecond * 3
    let total = warmUp + eventsPerSecond * seconds
    return try await DeliveryWorld.run(capacity: total, urls: { [$0.url(.slow)] }) { world in
      _ = try await world.hand(0..<warmUp, rate: eventsPerSecond)
      let handed = try await world.hand(warmUp..<total, rate: eventsPerSecond)
      try await world.arrived(total, within: .seconds(30))
      let delays = world.delays(warmUp..<total, handed: handed)
      return [
        Figure("receipts_first_byte_p50", Samples.percentile(delays, 0.5), "ms", atMost: 50),
        Figure("receipts_first_byte_p99", Samples.percentile(delays, 0.99), "ms", atMost: 500).noted(
          "from the hand-over, its transaction and RPC included; \(eventsPerSecond)/s for \(seconds) s, one endpoint, 50 ms a try"
        ),
      ]
    }
  }

  func rate() async throws -> [Figure] {
    var figures = try await rate(overTLS: false)
    if TLSFront.isPossible {
      figures += try await rate(overTLS: true)
    } else {
      Progress.tell("not measured over TLS: nginx or openssl is missing")
    }
    return figures
  }

  private func rate(overTLS: Bool) async throws -> [Figure] {
    let way = overTLS ? "_tls" : ""
    Progress.tell("\(deliveries) deliveries to \(endpoints) endpoints as fast as they go\(overTLS ? ", over TLS" : "")")
    let total = deliveries
    return try await DeliveryWorld.run(
      capacity: total, overTLS: overTLS, urls: { receiver in (0..<endpoints).map { receiver.url(.fast, $0) } }
    ) { world in
      let bareURL = world.webhooks.first?.url ?? ""
      let before = try await BareDeliveries.perSecond(url: bareURL, trusting: world.certificate)
      let warmUp = total / 10
      _ = try await world.hand(0..<warmUp, rate: 1_000_000, ahead: 2_000)
      try await world.arrived(warmUp, within: .seconds(60))
      let first = try await world.hand(warmUp..<total, rate: 1_000_000, ahead: 2_000).first ?? 0
      try await world.arrived(total, within: .seconds(60))
      let last = world.receiver.arrivals.first.max() ?? 0
      let rate = Double(total - warmUp) / (Double(last - first) / 1e9)
      let after = try await BareDeliveries.perSecond(url: bareURL, trusting: world.certificate)
      let bare = (before + after) / 2
      Progress.tell("\(Int(rate)) a second; bare \(Int(before)) before, \(Int(after)) after")
      return [
        (overTLS
          ? Figure("receipts_deliveries_tls", rate, "deliveries/s")
          : Figure("receipts_deliveries", rate, "deliveries/s", atLeast: 1_500)).noted(
            "\(overTLS ? "https" : "plain http"), \(endpoints) endpoints, each stored, signed, posted through the egress guard and logged"
          ),
        Figure("receipts_bare_urlsession\(way)", bare, "posts/s"),
        Figure("receipts_ratio_to_bare\(way)", rate / bare, "×"),
      ]
    }
  }
}
