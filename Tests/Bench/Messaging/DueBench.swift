import Contracts
import Crypto
import MessagingRouter
import Store
import Transport

/// How long the scheduler looks for what is due while half a million messages wait: of fifty senders, a fifth of them
/// offline, in every priority.
struct DueBench {
  private let senders = 50
  private let contacts = 2_000
  private let each = 5
  private let looks = 500
  private let lifetime: Int64 = 24 * 3_600_000
  /// As if it was the first of the store: later than everything that is planted.
  private let now: Int64

  init(now: Int64) { self.now = now }

  /// Plants the queue in the store of a router that does not run, and looks.
  func run(_ database: Database) async throws -> [Figure] {
    let begun = MonotonicClock.now
    for sender in 0..<senders { try await plant(sender, database) }
    let planted = Double(MonotonicClock.now - begun) / 1e9
    var times: (look: [Int64], take: [Int64]) = ([], [])
    for turn in 0..<looks {
      let moment = now + Int64(turn)
      let (look, take) = try await database.write { [lifetime] connection in
        let begun = MonotonicClock.now
        guard try MeasuredSteps.lookForDue(lifetime: lifetime, at: moment, connection) > 0 else {
          throw BenchFailure("nothing is due")
        }
        let looked = MonotonicClock.now
        _ = try MeasuredSteps.take(senders: 8, allowance: 8, lifetime: lifetime, at: moment, connection)
        return (looked - begun, MonotonicClock.now - looked)
      }
      times.look.append(look)
      times.take.append(take)
    }
    let queued = senders * contacts * each
    return [
      Figure("messaging_due_query_p50", Samples.milliseconds(Samples.percentile(times.look, 0.5)), "ms"),
      Figure("messaging_due_query_p99", Samples.milliseconds(Samples.percentile(times.look, 0.99)), "ms", atMost: 5)
        .noted("\(queued) queued beside a million stored; the whole look of a turn, on the writer; \(looks) turns"),
      Figure("messaging_due_take_p99", Samples.milliseconds(Samples.percentile(times.take, 0.99)), "ms").noted(
        "up to 64 messages marked as being sent, without the commit"),
      Figure("messaging_due_planting", Double(queued) / planted, "messages/s").noted("rows and triggers, no API"),
    ]
  }

  private func plant(_ sender: Int, _ database: Database) async throws {
    let (now, contacts, each) = (now - 60_000, contacts, each)
    try await database.write { connection in
      let (id, account) = (PlantedID.text("snd", 900_000 + sender), "acc_due")
      try connection.execute(
        """
        INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status, waba_id,
          phone_number_id, portfolio_id, messaging_limit, access_token)
        VALUES (?, ?, '+1', 'x', ?, ?, ?, 'due', 'TIER_UNLIMITED', 't')
        """, id, account, sender % 5 == 0 ? "offline" : "online", "due-\(sender % 7)", "due-\(sender)")
      for contact in 0..<contacts {
        let number = 1_000_000 + sender * contacts + contact
        let (person, conversation) = (PlantedID.text("con", number), PlantedID.text("cnv", number))
        try connection.execute(
          """
          INSERT INTO contacts (id, account_id, portfolio_id, phone_number, created_at, updated_at)
          VALUES (?1, ?2, 'due', ?3, ?4, ?4)
          """, person, account, "+1700\(number)", now)
        try connection.execute(
          """
          INSERT INTO conversations (id, account_id, sender_id, contact_id, window_expires_at, last_message_at,
            created_at)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
          """, conversation, account, id, person, now + 24 * 3_600_000, now)
        for step in 0..<each {
          try connection.execute(
            """
            INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status, origin,
              priority, due_at, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, 'outbound', 'text', 'x', 'queued', 'api', ?5, ?6, ?6, ?6)
            """, "msg_" + ULID.make(milliseconds: now), account, id, conversation, contact % 3, now + Int64(step))
        }
      }
    }
  }
}
