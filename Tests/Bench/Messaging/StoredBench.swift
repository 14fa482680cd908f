import Contracts
import Crypto
import Daemon
import Foundation
import Glibc
import JSON
import MessagingRouter
import Store
import TestSupport
import Transport
import Wire

/// A router with a million messages on its disk: how fast it starts, how fast people see a conversation, and how fast
/// the scheduler finds what is due of half a million more.
struct StoredBench {
  private let messages = 1_000_000
  private let conversations = 5_000
  private let pages = 2_000

  func run() async throws -> [Figure] {
    let world = try ServiceWorld([.senderRegistry: ["API_RATE_PER_SECOND": "100000"]])
    _ = try world.start()
    let client = try KeepAliveClient(port: world.ports(.senderRegistry).http, authorization: world.adminKey)
    let sender = try createSender(world, client)
    try world.stop(.messagingRouter)
    let before = try bytes(world)
    try await plant(world, sender: sender)
    let perMessage = Double(try bytes(world) - before) / Double(messages)
    let cold = try coldStart(world)
    // Another connection: the first one has been idle for longer than the registry waits.
    let times = try readPages(
      world, KeepAliveClient(port: world.ports(.senderRegistry).http, authorization: world.adminKey))
    try world.stop()
    let database = try Database(path: path(world), migrations: MessagingRouterService.migrations)
    defer { database.close() }
    let due = try await DueBench(now: Int64(Date().timeIntervalSince1970 * 1_000)).run(database)
    return [
      Figure("messaging_stored_cold_start", cold, "s", atMost: 2).noted(
        "one million messages; page cache dropped if allowed"),
      Figure("messaging_stored_page_p50", Samples.milliseconds(Samples.percentile(times, 0.5)), "ms"),
      Figure("messaging_stored_page_p99", Samples.milliseconds(Samples.percentile(times, 0.99)), "ms", atMost: 20)
        .noted("25 messages of a random conversation, over the API, one after the other"),
      Figure("messaging_stored_bytes_per_message", perMessage, "bytes").noted(
        "text of 40 characters, raw webhook of 300 bytes, half of them in, half out with three statuses"),
    ] + due
  }

  /// The sender, and its account as the router heard of it.
  private func createSender(_ world: ServiceWorld, _ client: KeepAliveClient) throws -> String {
    let made = try client.send(
      "POST", "/v1/senders", body: #"{"phone_number":"+4930100000001","display_name":"Bench shop"}"#)
    guard made.status == 201, let id = try JSONDocument(parsing: made.body).root["id"]?.string else {
      throw BenchFailure("a sender could not be created: \(made.status)")
    }
    let end = MonotonicClock.now + 30_000_000_000
    // 409 or 404 of a conversation: told by who knows the sender.
    while try client.send("GET", "/v1/senders/\(id)/conversations").status != 200 {
      if MonotonicClock.now > end { throw BenchFailure("the router does not know a sender after 30 s") }
      usleep(20_000)
    }
    return id
  }

  private func path(_ world: ServiceWorld) -> String {
    world.files.dataDirectory(.messagingRouter) + "/messaging-router.sqlite"
  }

  private func bytes(_ world: ServiceWorld) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path(world))
    return (attributes[.size] as? Int) ?? 0
  }

  private func plant(_ world: ServiceWorld, sender: String) async throws {
    let database = try Database(path: path(world), migrations: MessagingRouterService.migrations)
    defer { database.close() }
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    let account = try await database.read { connection in
      try connection.first("SELECT account_id FROM replica_senders WHERE sender_id = ?", sender) { try $0.text(0) }
    }
    guard let account else { throw BenchFailure("the router has not copied the sender") }
    try await database.write { connection in
      for number in 0..<conversations {
        try connection.execute(
          """
          INSERT INTO contacts (id, account_id, portfolio_id, phone_number, name, created_at, updated_at)
          VALUES (?1, ?2, ?3, ?4, 'Sheena Nelson', ?5, ?5)
          """, PlantedID.text("con", number), account, sender, "+1650\(5_550_000 + number)", now)
        try connection.execute(
          """
          INSERT INTO conversations (id, account_id, sender_id, contact_id, window_expires_at, last_message_at,
            created_at)
          VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5)
          """, PlantedID.text("cnv", number), account, sender, PlantedID.text("con", number), now + Int64(number))
      }
    }
    let raw = Array(String(repeating: "x", count: 300).utf8)
    let text = String(repeating: "w", count: 40)
    for start in stride(from: 0, to: messages, by: 20_000) {
      try await database.write { connection in
        for number in start..<min(start + 20_000, messages) {
          let id = "msg_" + ULID.make(milliseconds: now)
          let isInbound = number % 2 == 0
          try connection.execute(
            """
            INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, raw, status,
              meta_message_id, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, 'text', ?6, ?7, ?8, ?9, ?10, ?10)
            """, id, account, sender, PlantedID.text("cnv", number / 2 % conversations),
            isInbound ? "inbound" : "outbound", text, isInbound ? raw : nil, isInbound ? "received" : "read",
            RateMill.sentID(number), now)
          if isInbound { continue }
          for (sequence, status) in ["sent", "delivered", "read"].enumerated() {
            try connection.execute(
              """
              INSERT INTO message_statuses (message_id, status, sequence, is_synthesized, provider_at, at)
              VALUES (?1, ?2, ?3, 0, ?4, ?4)
              """, id, status, sequence + 1, now)
          }
        }
      }
    }
  }

  /// Seconds from the start of the process until it is ready.
  private func coldStart(_ world: ServiceWorld) throws -> Double {
    sync()
    // Only root may; otherwise the file is warm, which the note says.
    _ = FileManager.default.createFile(atPath: "/proc/sys/vm/drop_caches", contents: Data("1".utf8))
    let begun = MonotonicClock.now
    try world.launch(.messagingRouter)
    _ = try world.ports(.messagingRouter)
    return Double(MonotonicClock.now - begun) / 1e9
  }

  private func readPages(_ world: ServiceWorld, _ client: KeepAliveClient) throws -> [Int64] {
    let end = MonotonicClock.now + 30_000_000_000
    while try client.send("GET", path(of: 0)).status != 200 {
      if MonotonicClock.now > end { throw BenchFailure("no page within 30 s") }
      usleep(20_000)
    }
    var times: [Int64] = []
    for _ in 0..<pages {
      let request = client.bytes("GET", path(of: Int.random(in: 0..<conversations)))
      let begun = MonotonicClock.now
      let answer = try client.exchange(request)
      times.append(MonotonicClock.now - begun)
      guard answer.status == 200 else { throw BenchFailure("a page was answered \(answer.status)") }
    }
    return times
  }

  private func path(of number: Int) -> String {
    "/v1/conversations/\(PlantedID.text("cnv", number))/messages?limit=25"
  }
}
