import Contracts
import Foundation
import Receipts
import ReceiptsHarness
import Store
import TestSupport
import Transport
import Wire

/// A hundred thousand events are replayed to an endpoint that gets new ones all the while.
struct ReplayBench {
  private let replayed = 100_000
  private let eventsPerSecond = 300
  private let seconds = 15

  func run() async throws -> [Figure] {
    Progress.tell("\(replayed) events replayed beside \(eventsPerSecond) new ones a second")
    let perPhase = eventsPerSecond * seconds
    let phases = 4
    let capacity = replayed + perPhase * phases
    return try await DeliveryWorld.run(capacity: capacity, urls: { [$0.url(.slow)] }) { world in
      guard let webhook = world.webhooks.first else { throw BenchFailure("there is no webhook") }
      _ = try await world.harness.terminate()
      try await plant(world, webhook.id)
      try await world.harness.start()
      var next = replayed
      func live() async throws -> [Double] {
        let numbers = next..<next + perPhase
        next += perPhase
        let handed = try await world.hand(numbers, rate: eventsPerSecond)
        try await Task.sleep(for: .seconds(1))
        let delays = world.delays(numbers, handed: handed)
        guard delays.count == numbers.count else {
          throw BenchFailure("\(numbers.count - delays.count) new events are late")
        }
        return delays
      }
      _ = try await live()
      let alone = try await live()
      let began = MonotonicClock.now
      let replay = try await world.harness.call(
        ReceiptsAPI.StartReplay(webhookID: webhook.id, selection: ReplaySelection(outcome: .any)),
        account: DeliveryWorld.account)
      let beside = try await live()
      let replayedSoFar = world.receiver.distinct - perPhase * 3
      let rate = Double(replayedSoFar) / (Double(MonotonicClock.now - began) / 1e9)
      guard replayedSoFar > 0 else { throw BenchFailure("nothing was replayed beside the new events") }
      let (before, after) = (Samples.percentile(alone, 0.99), Samples.percentile(beside, 0.99))
      return [
        Figure("receipts_replay_matched", Double(replay.matched), "events").noted(
          "the look before the start; at least so many of \(replayed)"),
        Figure("receipts_live_p99_alone", before, "ms"),
        Figure("receipts_live_p99_beside_replay", after, "ms", atMost: 500).noted(
          "\(eventsPerSecond) new events/s, the endpoint answers in 50 ms; \(replayedSoFar) replayed meanwhile"),
        Figure("receipts_replayed", rate, "events/s"),
      ]
    }
  }

  /// Events that were delivered long ago.
  private func plant(_ world: DeliveryWorld, _ webhook: WebhookID) async throws {
    let path = world.harness.files.dataDirectory(.receipts) + "/receipts.sqlite"
    let database = try Database(path: path, migrations: ReceiptsService.migrations)
    defer { database.close() }
    let then = Int64(Date().timeIntervalSince1970 * 1_000) - 3_600_000
    let (account, sender) = (DeliveryWorld.account.text, world.mill.senders[0].text)
    let step = 20_000
    for first in stride(from: 0, to: replayed, by: step) {
      try await database.write { connection in
        for number in first..<first + step {
          try connection.execute(
            """
            INSERT INTO events (id, account_id, type, sender_id, message_id, status, sequence, body, occurred_at,
              received_at)
            VALUES (?1, ?2, 'message.status', ?3, 'msg', 'sent', 1, ?4, ?5, ?5)
            """, PlantedID.text("evt", number), account, sender, Array("{\"event\":\"message_status\"}".utf8),
            then + Int64(number / 100))
          try connection.execute(
            """
            INSERT INTO deliveries (id, event_id, position, webhook_id, account_id, sender_id, state, attempts, due_at,
              created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'delivered', 1, ?7, ?7)
            """, PlantedID.text("dlv", number), PlantedID.text("evt", number), connection.lastInsertRowID,
            webhook.text, account, sender, then)
        }
      }
    }
  }
}
