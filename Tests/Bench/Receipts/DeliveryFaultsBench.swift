/// What dead and hanging endpoints cost the healthy ones.
struct DeliveryFaultsBench {
  private let endpoints = 50
  private let rate = 250
  private let seconds = 15
  private let rounds = 3

  func run() async throws -> [Figure] {
    Progress.tell("\(endpoints) endpoints, 10 % of them dead and 10 % hanging, against all healthy; \(rounds) rounds")
    var well: [Double] = []
    var ill: [Double] = []
    for _ in 0..<rounds {
      well.append(try await healthyP99(faulty: false))
      ill.append(try await healthyP99(faulty: true))
    }
    let (before, after) = (Samples.median(well), Samples.median(ill))
    return [
      Figure("receipts_healthy_p99_alone", before, "ms"),
      Figure("receipts_healthy_p99_beside_faulty", after, "ms").noted("rounds: \(well) and \(ill)"),
      Figure("receipts_healthy_p99_moves", (after / before - 1) * 100, "%", atMost: 10).noted(
        "\(rate) events/s in all, endpoints answer in 50 ms; 5 refuse connections, 5 never answer; medians of p99"),
    ]
  }

  private func healthyP99(faulty: Bool) async throws -> Double {
    let warmUp = rate * 25
    let total = warmUp + rate * seconds
    let dead = try FreePorts.take(1)[0]
    let settings = ["RETRY_SCHEDULE": "0s,5s,5m,30m,2h,5h,10h,14h,20h,24h"]
    return try await DeliveryWorld.run(settings, ports: [dead], capacity: total) { receiver in
      (0..<endpoints).map { number in
        guard faulty else { return receiver.url(.slow, number) }
        return switch number % 10 {
        case 0: "http://127.0.0.1:\(dead)/"
        case 1: receiver.url(.hang, number)
        default: receiver.url(.slow, number)
        }
      }
    } _: { world in
      // Long enough for everybody to have found out who does not answer.
      _ = try await world.hand(0..<warmUp, rate: rate)
      let handed = try await world.hand(warmUp..<total, rate: rate)
      try await Task.sleep(for: .seconds(3))
      let isHealthy = { (number: Int) in number % 10 > 1 }
      let delays = world.delays(warmUp..<total, handed: handed, where: isHealthy)
      let meant = (warmUp..<total).count(where: isHealthy)
      guard delays.count == meant else { throw BenchFailure("\(meant - delays.count) healthy deliveries are late") }
      return Samples.percentile(delays, 0.99)
    }
  }
}
