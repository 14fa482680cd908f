import Contracts
import ReceiptsHarness
import Transport

/// `kill -9` at random moments under load: nothing is lost, and what comes twice comes under the same `webhook-id`.
struct ReceiptsKillBench {
  private let kills = 100
  private let eventsPerLife = 150
  private let endpoints = 8

  func run() async throws -> [Figure] {
    Progress.tell("\(kills) kills under load")
    let total = kills * eventsPerLife
    // A retry soon after: an attempt that a kill cut off is no failure, but one that met a full receiver would be.
    let settings = ["RETRY_SCHEDULE": "0s,200ms,500ms,1s,1s,1s,2s,2s,2s,5s"]
    return try await DeliveryWorld.run(
      settings, capacity: total, urls: { receiver in (0..<endpoints).map { receiver.url(.fast, $0) } }
    ) { world in
      var next = 0
      var again = 0
      for _ in 0..<kills {
        let end = next + eventsPerLife
        // The kill falls anywhere: into the hand-over, into attempts, into what is stored of them.
        let wait = Duration.microseconds(Int.random(in: 0..<250_000))
        async let death: Void = {
          try await Task.sleep(for: wait)
          try await world.harness.kill()
        }()
        var handed = next
        while handed < end {
          let stop = min(handed + 25, end)
          do {
            _ = try await world.harness.record((handed..<stop).map(world.mill.event))
            handed = stop
          } catch {
            break
          }
        }
        try await death
        try await world.harness.start()
        // As the router does: what was not acknowledged is handed over again.
        while handed < end {
          let stop = min(handed + 25, end)
          let outcomes = try await world.harness.record((handed..<stop).map(world.mill.event))
          again += outcomes.count { $0 == .known }
          handed = stop
        }
        next = end
      }
      do { try await world.arrived(total, within: .seconds(60)) } catch { Progress.tell("\(error)") }
      let arrivals = world.receiver.arrivals
      return [
        Figure("receipts_kills", Double(kills), "kills", atLeast: 100),
        Figure("receipts_kills_lost", Double(total - arrivals.distinct), "events", atMost: 0).noted(
          "\(total) events; \(again) had been stored by a hand-over whose answer the kill took"),
        Figure("receipts_kills_twice", Double(arrivals.total - arrivals.distinct), "deliveries").noted(
          "each under the `webhook-id` of its first"),
        Figure("receipts_kills_other_ids", Double(arrivals.total - arrivals.ours), "deliveries", atMost: 0),
      ]
    }
  }
}
