import Contracts
import Store
import TestSupport
import Testing

@testable import MessagingRouter

@Suite struct BroadcastStopTests {
  /// What happens, and the pause that follows.
  static let reasons: [(sql: String, reason: Broadcast.PauseReason)] = [
    ("UPDATE replica_senders SET quality_rating = 'RED'", .qualityDropped),
    ("UPDATE replica_senders SET quality_rating = 'YELLOW'", .qualityDropped),
    ("UPDATE replica_senders SET status = 'offline'", .senderOffline),
    ("DELETE FROM replica_senders", .senderOffline),
    (
      """
      INSERT INTO outbound_gates (scope, key, until, since, code, message, needs_attention)
      VALUES ('broadcasts', '\(BroadcastStore.sender.text)', 1000000, 1, 'SPAM_LIMIT', 'x', 1)
      """, .spamLimit
    ),
    ("UPDATE templates SET status = 'paused', version = 2", .templatePaused),
    ("UPDATE templates SET status = 'disabled', version = 2", .templateDisabled),
    ("UPDATE templates SET status = 'deleted', version = 2", .templateDisabled),
    ("UPDATE templates SET quality = 'RED', version = 2", .templateQuality),
    (
      #"UPDATE templates SET components = CAST('[{"type":"BODY","text":"Bye {{1}}, go."}]' AS BLOB), version = 2"#,
      .templateChanged
    ),
  ]

  @Test(arguments: reasons) func `it pauses by itself, takes back what is queued, and stays paused`(
    _ sql: String, _ reason: Broadcast.PauseReason
  ) async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(5)
    #expect(try await store.run(id, room: 2) == nil)
    try await store.write(sql)
    #expect(try await store.run(id)?.reason == reason)
    let view = try await store.view(id)
    #expect(view.state == .paused)
    #expect(view.pauseReason == reason)
    #expect(view.pauseDetail?.isEmpty == false)
    #expect(view.counts == BroadcastCounts(pending: 5))
    #expect(try await store.run(id) == nil)
    #expect(try await store.count("messages") == 0)
  }

  @Test func `a better rating and changes that say nothing new do not stop it`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    try await store.write("UPDATE replica_senders SET quality_rating = 'RED'")
    let id = try await store.started(5)
    for sql in [
      "UPDATE replica_senders SET quality_rating = 'RED'", "UPDATE replica_senders SET quality_rating = 'YELLOW'",
      "UPDATE templates SET synced_at = 5, version = 2", "UPDATE templates SET quality = 'YELLOW', version = 3",
    ] {
      try await store.write(sql)
      #expect(try await store.run(id, room: 1) == nil, "\(sql)")
    }
    #expect(try await store.count("messages") == 4)
  }

  @Test func `a rating that recovered and drops again stops it again, also one that began at the worst`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    try await store.write("UPDATE replica_senders SET quality_rating = 'RED'")
    let id = try await store.started(9)
    let number = try await store.database.read {
      try BroadcastRow.found(id: id, account: BroadcastStore.account, $0).number
    }
    // A rating counts while the queue is full as well: the turn that only looks has to find it worth a write.
    for (rating, isDue, isStopped) in [
      ("RED", false, false), ("YELLOW", true, false), ("UNKNOWN", false, false), ("GREEN", true, false),
      ("YELLOW", true, true),
    ] {
      try await store.write("UPDATE replica_senders SET quality_rating = '\(rating)'")
      #expect(
        try await store.database.read { try BroadcastWork.isDue(number, room: 0, at: 20, $0) } == isDue, "\(rating)")
      #expect(try await store.run(id, room: 0)?.reason == (isStopped ? .qualityDropped : nil), "\(rating)")
    }
    // A person has seen it, and goes on: only worse stops it now.
    try await store.step(id) { try BroadcastSteps.resume(&$0, actor: nil, at: 30, $1) }
    #expect(try await store.run(id, room: 1) == nil)
    try await store.write("UPDATE replica_senders SET quality_rating = 'RED'")
    #expect(try await store.run(id)?.reason == .qualityDropped)
  }

  @Test func `a person goes on with it, with the template as it is then`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(2)
    try await store.run(id, room: 1)
    try await store.set(.sent)
    try await store.write(Self.reasons[9].sql)
    #expect(try await store.run(id)?.reason == .templateChanged)
    try await store.step(id) { try BroadcastSteps.resume(&$0, actor: "key_1", at: 30, $1) }
    try await store.run(id)
    let texts = try await store.database.read { connection in
      try connection.all("SELECT text FROM messages ORDER BY sequence") { try $0.text(0) }
    }
    #expect(texts == ["Hello P0, come in.", "Bye P1, go."])
  }

  @Test func `neither start nor resume goes against what would stop it`() async throws {
    let store = try await BroadcastStore()
    defer { store.close() }
    let paused = try await store.started(2)
    try await store.step(paused) { try BroadcastSteps.pause(&$0, .operator, detail: nil, actor: nil, at: 15, $1) }
    let draft = try await store.draft(2)
    let empty = try await store.draft(0)
    await #expect(throws: BroadcastFailures.empty) {
      try await store.step(empty) { try BroadcastSteps.start(&$0, actor: nil, at: 20, $1) }
    }
    let other = #"UPDATE templates SET components = CAST('[{"type":"BODY","text":"Hi {{1}}: {{2}}!"}]' AS BLOB)"#
    for sql in [Self.reasons[2].sql, Self.reasons[4].sql, Self.reasons[5].sql, other] {
      try await store.write(sql)
      await #expect(throws: (any Error).self, "\(sql)") {
        try await store.step(draft) { try BroadcastSteps.start(&$0, actor: nil, at: 20, $1) }
      }
      await #expect(throws: (any Error).self, "\(sql)") {
        try await store.step(paused) { try BroadcastSteps.resume(&$0, actor: nil, at: 20, $1) }
      }
      try await store.database.write { try BroadcastStore.sender($0) }
      try await store.write("DELETE FROM outbound_gates")
      try await store.write("UPDATE templates SET status = 'approved'")
    }
    #expect(try await store.view(draft).state == .draft)
    #expect(try await store.view(paused).state == .paused)
  }

  @Test func `a file that was being read when the process died holds a start up for a minute, no longer`() async throws
  {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.draft(2)
    let number = try await store.database.read {
      try BroadcastRow.found(id: id, account: BroadcastStore.account, $0).number
    }
    try await store.database.write { try BroadcastUploading.note(number, at: 100_000, $0) }
    for now in [40_001, 100_000, 159_999] as [Int64] {
      await #expect(throws: BroadcastFailures.uploading) {
        try await store.step(id) { try BroadcastSteps.start(&$0, actor: nil, at: now, $1) }
      }
    }
    try await store.step(id) { try BroadcastSteps.start(&$0, actor: nil, at: 160_000, $1) }
    #expect(try await store.view(id).state == .running)
  }

  @Test func `too many failures that are not the recipients' stop it, and only new ones after it was looked at`()
    async throws
  {
    let store = try await BroadcastStore()
    defer { store.close() }
    let id = try await store.started(100)
    try await store.run(id, room: 40)
    // A quarter is not more than a quarter; failures of recipients do not count.
    try await store.set(.failed, code: "UNDELIVERABLE", limit: 20)
    try await store.set(.failed, code: "PARAMETER_REFUSED", limit: 10)
    try await store.set(.sent)
    #expect(try await store.run(id, room: 4) == nil)
    try await store.set(.failed, code: "PARAMETER_REFUSED", limit: 4)
    let stop = try await store.run(id)
    #expect(stop?.reason == .tooManyFailures)
    #expect(stop?.detail.contains("PARAMETER_REFUSED") == true)
    try await store.step(id) { try BroadcastSteps.resume(&$0, actor: nil, at: 30, $1) }
    #expect(try await store.run(id, room: 30) == nil)
    try await store.set(.delivered)
    #expect(try await store.run(id, room: 1) == nil)
  }
}
