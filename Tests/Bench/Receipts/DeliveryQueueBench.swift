import Contracts
import Foundation
import Receipts
import ReceiptsHarness
import Store
import TestSupport
import Transport
import Wire

/// A million deliveries wait, 83 % of them for a later moment: how long the look for due ones takes, and what memory
/// the service takes beside an empty queue.
struct DeliveryQueueBench {
  private let webhooks = 500
  private let deliveries = 1_000_000
  private let looks = 500

  func run() async throws -> [Figure] {
    Progress.tell("\(deliveries) queued deliveries of \(webhooks) endpoints")
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    // Its endpoints are dead, so that the queue stays; every look finds all that is due.
    let dead = try FreePorts.take(1)[0]
    let settings = ["RETRY_SCHEDULE": "0s,24h", "DELIVERY_CONCURRENCY": "8"]
    return try await DeliveryWorld.run(settings, ports: [dead], capacity: 1, urls: { [$0.url(.fast)] }) { world in
      try await Task.sleep(for: .seconds(3))
      let empty = try world.memory("VmRSS")
      _ = try await world.harness.terminate()
      let path = world.harness.files.dataDirectory(.receipts) + "/receipts.sqlite"
      let database = try Database(path: path, migrations: ReceiptsService.migrations)
      let begun = MonotonicClock.now
      try await plant(database, port: dead, now: now)
      let planted = Double(MonotonicClock.now - begun) / 1e9
      let times = try await look(database, now: now)
      database.close()
      try await world.harness.start()
      try await Task.sleep(for: .seconds(10))
      let full = try world.memory("VmRSS")
      return [
        Figure("receipts_due_query_p50", Samples.milliseconds(Samples.percentile(times.take, 0.5)), "ms"),
        Figure("receipts_due_query_p99", Samples.milliseconds(Samples.percentile(times.take, 0.99)), "ms", atMost: 5)
          .noted(
            "\(deliveries) queued, 83 % for later, of \(webhooks) endpoints; what is due of one is taken, and when its "
              + "next falls due is read; \(looks) times, without the commit"),
        Figure("receipts_due_walk_p99", Samples.milliseconds(Samples.percentile(times.walk, 0.99)), "ms").noted(
          "all endpoints and lanes, at the start and every 30 s"),
        Figure("receipts_memory_empty", empty, "MiB"),
        Figure("receipts_memory_queued", full / empty, "×", atMost: 1.2).noted(
          "\(full) MiB with the million queued and attempts under way"),
        Figure("receipts_queue_planting", Double(deliveries) / planted, "deliveries/s").noted("rows and triggers"),
      ]
    }
  }

  private func plant(_ database: Database, port: Int, now: Int64) async throws {
    let account = DeliveryWorld.account.text
    try await database.write { [webhooks] connection in
      for number in 0..<webhooks {
        try connection.execute(
          """
          INSERT INTO webhooks (id, account_id, kind, url, secret, secret_fingerprint, created_at, updated_at)
          SELECT ?1, ?2, 'endpoint', ?3, secret, '', ?4, ?4 FROM webhooks WHERE kind = 'receipts' LIMIT 1
          """, PlantedID.text("whk", number), account, "http://127.0.0.1:\(port)/", now)
      }
    }
    let step = 20_000
    for first in stride(from: 0, to: deliveries, by: step) {
      try await database.write { [webhooks] connection in
        for number in first..<first + step {
          try connection.execute(
            """
            INSERT INTO events (id, account_id, type, sender_id, message_id, status, sequence, body, occurred_at,
              received_at)
            VALUES (?1, ?2, 'message.status', 'snd', 'msg', 'sent', 1, ?3, ?4, ?4)
            """, PlantedID.text("evt", number), account, Array(repeating: UInt8(ascii: "x"), count: 600), now)
          // 83 of 100 were tried before and wait.
          let waits = number / webhooks % 100 < 83
          try connection.execute(
            """
            INSERT INTO deliveries (id, event_id, position, webhook_id, account_id, sender_id, attempts, due_at,
              created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, 'snd', ?6, ?7, ?8)
            """, PlantedID.text("dlv", number), PlantedID.text("evt", number), number,
            PlantedID.text("whk", number % webhooks), account, waits ? 1 : 0,
            waits ? now + 3_600_000 + Int64(number) : now - Int64(number % 1_000), now)
        }
      }
    }
  }

  private func look(_ database: Database, now: Int64) async throws -> (walk: [Int64], take: [Int64]) {
    var times: (walk: [Int64], take: [Int64]) = ([], [])
    for turn in 0..<looks {
      let (walk, take) = try await database.write { [webhooks] connection in
        let begun = MonotonicClock.now
        if turn % 10 == 0, try MeasuredSteps.walk(connection) == 0 { throw BenchFailure("nothing waits") }
        let walked = MonotonicClock.now
        let webhook = WebhookID(trusted: PlantedID.text("whk", turn * 31 % webhooks))
        guard try MeasuredSteps.take(webhook, limit: 4, at: now + Int64(turn), connection) > 0 else {
          throw BenchFailure("nothing is due")
        }
        return (walked - begun, MonotonicClock.now - walked)
      }
      if turn % 10 == 0 { times.walk.append(walk) }
      times.take.append(take)
    }
    return times
  }
}
