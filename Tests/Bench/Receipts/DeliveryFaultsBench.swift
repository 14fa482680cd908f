/// What dead and hanging endpoints cost the healthy ones.
struct DeliveryFaultsBench {
  private let endpoints = 50
  private let rate = 300
  private let seconds = 15
  /// All answer, then some do not any more: until that is known of them, and then as it stays.
  private let phases = (well: 4, falling: 16)
  private let rounds = 3

  func run() async throws -> [Figure] {
    Progress.tell("\(endpoints) endpoints, 10 % of them dead and 10 % hanging, against all healthy; \(rounds) rounds")
    var well: [Double] = []
    var falling: [Double] = []
    var ill: [Double] = []
    for _ in 0..<rounds {
      well.append(try await healthyP99(faulty: false).stays)
      let found = try await healthyP99(faulty: true)
      falling.append(found.falling)
      ill.append(found.stays)
    }
    let (before, after) = (Samples.median(well), Samples.median(ill))
    return [
      Figure("receipts_healthy_p99_alone", before, "ms"),
      Figure("receipts_healthy_p99_beside_faulty", after, "ms").noted("rounds: \(well) and \(ill)"),
      Figure("receipts_healthy_p99_moves", (after / before - 1) * 100, "%", atMost: 10).noted(
        "\(rate) events/s in all, endpoints answer in 50 ms; 5 refuse connections, 5 fell silent 16 s before; "
          + "to the first byte, medians of p99"),
      Figure("receipts_healthy_p99_while_falling_ill", Samples.median(falling), "ms").noted(
        "the 16 s in which endpoints that answered until then stop to answer"),
    ]
  }

  private func healthyP99(faulty: Bool) async throws -> (falling: Double, stays: Double) {
    let (start, middle) = (rate * phases.well, rate * (phases.well + phases.falling))
    let total = middle + rate * seconds
    let dead = try FreePorts.take(1)[0]
    let settings = ["RETRY_SCHEDULE": "0s,5s,5m,30m,2h,5h,10h,14h,20h,24h"]
    return try await DeliveryWorld.run(
      settings, ports: [dead], capacity: total,
      urls: { receiver in
        (0..<endpoints).map { number in
          guard faulty else { return receiver.url(.slow, number) }
          return switch number % 10 {
          case 0: "http://127.0.0.1:\(dead)/"
          case 1: receiver.url(.frail, number)
          default: receiver.url(.slow, number)
          }
        }
      }
    ) { world in
      _ = try await world.hand(0..<start, rate: rate)
      world.receiver.fallIll()
      let first = try await world.hand(start..<middle, rate: rate)
      let handed = try await world.hand(middle..<total, rate: rate)
      try await Task.sleep(for: .seconds(3))
      func p99(_ numbers: Range<Int>, _ handed: [Int64]) throws -> Double {
        let isHealthy = { (number: Int) in number % 10 > 1 }
        let delays = world.delays(numbers, handed: handed, where: isHealthy)
        let meant = numbers.count(where: isHealthy)
        guard delays.count == meant else { throw BenchFailure("\(meant - delays.count) healthy deliveries are late") }
        return Samples.percentile(delays, 0.99)
      }
      return (try p99(start..<middle, first), try p99(middle..<total, handed))
    }
  }
}
