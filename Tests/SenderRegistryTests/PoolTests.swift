import Contracts
import Crypto
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire
import Workers

@testable import SenderRegistry

@Suite struct PoolTests {
  private static let add = "POST /88/add_phone_numbers"
  private static let digits = "14155550123"
  private static let settings = SenderRegistryHarness.solutionPartner.merging(["CARRIER_RETRY": "1ms"]) { $1 }

  /// A sender whose number is in the pool and waits for its verification.
  private func waiting(_ harness: SenderRegistryHarness) async throws -> Sender {
    let number = try await harness.addNumber()
    let sender = try await harness.createSender(with: number.id)
    return try await harness.sender(sender.id, "in the pool") { $0.reasons.map(\.code) == ["VERIFICATION_NEEDED"] }
  }

  /// The same, verified.
  private func ready(_ harness: SenderRegistryHarness) async throws -> Sender {
    let sender = try await waiting(harness)
    harness.graph.change { $0.pool[0].status = "VERIFIED" }
    try await harness.record(sender.id)
    return try await harness.sender(sender.id, "verified") { $0.reasons.map(\.code) == ["SIGNUP_NEEDED"] }
  }

  private func interrupted(
    at request: String, _ begin: (SenderRegistryHarness) async throws -> SenderID,
    _ check: (SenderRegistryHarness, SenderID) async throws -> Void
  ) async throws {
    let first = try await SenderRegistryHarness(settings: Self.settings)
    let latch = Latch()
    first.graph.order(request, .held(latch))
    let id = try await begin(first)
    try await eventually("Meta to be asked") { first.graph.count(request) == 1 }
    await first.stop(withGraph: false)
    latch.open()
    let second = try await SenderRegistryHarness(
      files: first.files, graph: first.graph, adminKey: first.adminKey, settings: Self.settings)
    do { try await check(second, id) } catch {
      await second.stop()
      throw error
    }
    await second.stop()
  }

  // MARK: Joining

  @Test func `a platform sender's number joins the pool and waits for its verification`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let latch = Latch()
      harness.graph.order(Self.add, .held(latch))
      let number = try await harness.addNumber()
      let sender = try await harness.createSender(with: number.id)
      #expect(sender.status == .pending && sender.reasons.map(\.code) == ["NUMBER_JOINING_POOL"])
      latch.open()
      let waiting = try await harness.sender(sender.id, "in the pool") { $0.version > sender.version }
      #expect(waiting.reasons.map(\.code) == ["VERIFICATION_NEEDED"])
      #expect(waiting.reasons[0].nextStep.contains("acknowledge_interception"))
      #expect(harness.graph.world.pool.map(\.digits) == [Self.digits])
      #expect(try await harness.readyNumbers().isEmpty)
    }
  }

  @Test func `the verifier alone is given the pool's id and the partner's token`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await waiting(harness)
      for caller in [ServiceName.verifier, .messagingRouter, .receipts] {
        let reply = try await harness.call(
          SenderRegistryAPI.ReplicaChanges(epoch: nil, after: 0, limit: 10, waitMilliseconds: 0), from: caller)
        let change = try #require(reply.changes.first { $0.senderID == sender.id })
        #expect(change.origin == .platform)
        guard caller == .verifier else {
          #expect(change.preverifiedID == nil && change.sealedAccessToken == nil, "\(caller)")
          continue
        }
        #expect(change.preverifiedID == "501" && change.provider == "manual")
        let transit = try #require(
          try ReplicaSealing.keyring(with: .senderRegistry, keys: harness.files.pairKeys(.verifier)))
        let token = try transit.open(
          try #require(change.sealedAccessToken), binding: ReplicaSealing.binding(sender.id.text))
        #expect(token.string == "partner-token-of-the-test")
      }
    }
  }

  @Test func `a lost answer is settled by listing the pool`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      harness.graph.order(Self.add, .lost)
      _ = try await waiting(harness)
      #expect(harness.graph.count(Self.add) == 1 && harness.graph.world.pool.count == 1)
    }
  }

  @Test func `a number that is in the pool already is taken as it is`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      harness.graph.change {
        $0.pool = [.init(id: "777", digits: Self.digits, status: "VERIFIED", expiry: "2099-01-01T00:00:00+0000")]
      }
      let sender = try await harness.createSender(with: try await harness.addNumber().id)
      _ = try await harness.sender(sender.id, "verified") { $0.reasons.map(\.code) == ["SIGNUP_NEEDED"] }
      let ready = try await harness.readyNumbers()
      #expect(ready.map(\.preverifiedID) == ["777"])
      #expect(ready[0].expiresAt.description.hasPrefix("2099-01-01T00:00:00"))
    }
  }

  @Test func `a passing error is tried again and a refusal is told`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      harness.graph.order(Self.add, .error(80_007, "limit"), .error(2, "down", status: 503))
      _ = try await waiting(harness)
      harness.graph.order(Self.add, .error(368, "policy"))
      let other = try await harness.addNumber("+14155550155")
      let refused = try await harness.createSender(with: other.id)
      _ = try await harness.sender(refused.id, "refused") { $0.reasons.map(\.code) == ["POOL_REFUSED"] }
    }
  }

  @Test func `a stop between the addition and its answer adds once`() async throws {
    try await interrupted(at: Self.add) { harness in
      try await harness.createSender(with: try await harness.addNumber().id).id
    } _: { harness, id in
      _ = try await harness.sender(id, "in the pool") { $0.reasons.map(\.code) == ["VERIFICATION_NEEDED"] }
      #expect(harness.graph.count(Self.add) == 1)
    }
  }

  // MARK: Ready

  @Test func `a verified number is on the list of ready ones until Meta's own end`() async throws {
    let clock = TestClock()
    try await SenderRegistryHarness.run(settings: Self.settings, clock: clock) { harness in
      let sender = try await waiting(harness)
      harness.graph.change { $0.pool[0].status = "VERIFIED" }
      harness.graph.change { $0.pool[0].expiry = "2026-03-31T00:00:00+0000" }
      try await harness.record(sender.id)
      _ = try await harness.sender(sender.id, "verified") { $0.reasons.map(\.code) == ["SIGNUP_NEEDED"] }
      try await eventually("Meta's end to be known") {
        try await harness.readyNumbers().first?.expiresAt.description.hasPrefix("2026-03-31") == true
      }
      let ready = try #require(try await harness.readyNumbers().first)
      #expect(ready.senderID == sender.id && ready.preverifiedID == "501" && ready.daysLeft == 89)
      #expect(!ready.canReverify && !ready.isBeingRemoved)
      clock.advance(by: .seconds(45 * 86_400))
      #expect(try await harness.readyNumbers()[0].canReverify)
      let (stranger, _) = try await harness.makeAccount("stranger")
      #expect(try await harness.call(SenderRegistryAPI.ListReadyNumbers(), account: stranger).data.isEmpty)
    }
  }

  @Test func `a code that was wrong is told and changes nothing else`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await waiting(harness)
      try await harness.record(sender.id, verified: false, event: "wrong")
      let told = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
      #expect(told.reasons.map(\.code) == ["VERIFICATION_NEEDED", "CODE_WRONG"])
      try await harness.record(sender.id)
      try await harness.record(sender.id, verified: false, event: "late")
      let verified = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
      #expect(verified.reasons.map(\.code) == ["SIGNUP_NEEDED"])
    }
  }

  @Test func `an end that comes near is told once, and when it has come the number must be verified again`()
    async throws
  {
    let clock = TestClock()
    try await SenderRegistryHarness.run(settings: Self.settings, clock: clock) { harness in
      let sender = try await ready(harness)
      clock.advance(by: .seconds(77 * 86_400))
      for _ in 0..<3 { try harness.service.wakeWorkers() }
      try await eventually("the warning") { try await harness.eventKinds().contains("number.verification_ending") }
      harness.graph.change { $0.pool[0].status = "EXPIRED" }
      clock.advance(by: .seconds(14 * 86_400))
      try harness.service.wakeWorkers()
      let expired = try await harness.sender(sender.id, "expired") {
        $0.reasons.map(\.code) == ["VERIFICATION_EXPIRED"]
      }
      #expect(expired.status == .pending)
      #expect(try await harness.readyNumbers().isEmpty)
      #expect(
        try await harness.eventKinds().filter { $0.hasPrefix("number.") } == [
          "number.verification_ending", "number.verification_expired",
        ])
      harness.graph.change { $0.pool[0].status = "VERIFIED" }
      try await harness.record(sender.id, event: "again")
      #expect(try await harness.readyNumbers().count == 1)
    }
  }

  @Test func `a number that Meta has not listed for a while has left the pool`() async throws {
    let clock = TestClock()
    try await SenderRegistryHarness.run(settings: Self.settings, clock: clock) { harness in
      let sender = try await ready(harness)
      harness.graph.change { $0.pool = [] }
      // A list that cannot be read proves nothing.
      let before = harness.graph.count("GET /88/preverified_numbers")
      harness.graph.order("GET /88/preverified_numbers", .garbage)
      try harness.service.wakeWorkers()
      try await eventually("a look") { harness.graph.count("GET /88/preverified_numbers") > before }
      #expect(try await harness.readyNumbers().count == 1)
      // A signup may have claimed it a moment ago, so once is not enough.
      try harness.service.wakeWorkers()
      try await eventually("the absence to be noted") {
        try await harness.database.read { try $0.poolEntry(sender.id) }?.missingSince == clock.now
      }
      #expect(try await harness.readyNumbers().count == 1)
      clock.advance(by: .seconds(601))
      try await eventually("another look") {
        try harness.service.wakeWorkers()
        return try await harness.readyNumbers().isEmpty
      }
      _ = try await harness.sender(sender.id, "told") { $0.reasons.map(\.code) == ["NUMBER_LEFT_POOL"] }
    }
  }

  @Test func `a connected sender has claimed its number`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await ready(harness)
      harness.graph.change { $0.pool = [] }
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      #expect(try await harness.readyNumbers().isEmpty)
      try harness.service.wakeWorkers()
      try await eventually("the claim") { try await harness.eventKinds().contains("number.claimed") }
      let entry = try #require(try await harness.database.read { try $0.poolEntry(sender.id) })
      #expect(entry.state == .claimed && entry.wabaID == "1029" && entry.phoneNumberID == "1065")
      let row = try #require(try await harness.database.read { try $0.sender(sender.id) })
      #expect(row.preverifiedID == nil && row.condition.status == .online)
    }
  }

  // MARK: Leaving

  @Test func `a ready number is deleted at Meta`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await ready(harness)
      let number = try #require(sender.numberID)
      let latch = Latch()
      harness.graph.order("DELETE /501", .held(latch))
      _ = try await harness.call(SenderRegistryAPI.DeleteReadyNumber(id: number))
      #expect(try await harness.readyNumbers().map(\.isBeingRemoved) == [true])
      latch.open()
      _ = try await harness.sender(sender.id, "told") { $0.reasons.map(\.code) == ["NUMBER_LEFT_POOL"] }
      #expect(harness.graph.world.pool.isEmpty)
      #expect(try await harness.readyNumbers().isEmpty)
      let gone = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.DeleteReadyNumber(id: number))
      }
      #expect(gone?.reason == "READY_NUMBER_NOT_FOUND")
    }
  }

  @Test func `a lost answer to the deletion is settled by listing the pool`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await ready(harness)
      harness.graph.order("DELETE /501", .lost)
      _ = try await harness.call(SenderRegistryAPI.DeleteReadyNumber(id: try #require(sender.numberID)))
      _ = try await harness.sender(sender.id, "told") { $0.reasons.map(\.code) == ["NUMBER_LEFT_POOL"] }
      #expect(harness.graph.count("DELETE /501") == 1)
    }
  }

  @Test func `a stop between the deletion and its answer deletes once`() async throws {
    try await interrupted(at: "DELETE /501") { harness in
      let sender = try await ready(harness)
      _ = try await harness.call(SenderRegistryAPI.DeleteReadyNumber(id: try #require(sender.numberID)))
      return sender.id
    } _: { harness, id in
      _ = try await harness.sender(id, "told") { $0.reasons.map(\.code) == ["NUMBER_LEFT_POOL"] }
      #expect(harness.graph.count("DELETE /501") == 1)
    }
  }

  @Test func `a refusal of the deletion leaves the number ready`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await ready(harness)
      harness.graph.order("DELETE /501", .error(368, "policy"))
      _ = try await harness.call(SenderRegistryAPI.DeleteReadyNumber(id: try #require(sender.numberID)))
      try await eventually("the refusal") { try await harness.eventKinds().contains("number.not_removed") }
      #expect(try await harness.readyNumbers().map(\.isBeingRemoved) == [false])
    }
  }

  @Test func `a deletion that the partner's token does not allow waits for a better one`() async throws {
    let clock = TestClock()
    try await SenderRegistryHarness.run(settings: Self.settings, clock: clock) { harness in
      let sender = try await ready(harness)
      harness.graph.order("DELETE /501", .error(200, "no permission", status: 403))
      _ = try await harness.call(SenderRegistryAPI.DeleteReadyNumber(id: try #require(sender.numberID)))
      try await eventually("the refusal") {
        try await harness.database.read { try $0.poolEntry(sender.id) }?.tries == 1
      }
      #expect(try await harness.readyNumbers().map(\.isBeingRemoved) == [true])
      clock.advance(by: .seconds(3_600))
      try harness.service.wakeWorkers()
      _ = try await harness.sender(sender.id, "told") { $0.reasons.map(\.code) == ["NUMBER_LEFT_POOL"] }
      #expect(harness.graph.world.pool.isEmpty)
    }
  }

  @Test func `the number of a deleted sender leaves the pool`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let sender = try await ready(harness)
      try await harness.database.write {
        try $0.execute("UPDATE senders SET deleted_at = 1 WHERE id = ?", sender.id.text)
      }
      try harness.service.wakeWorkers()
      try await eventually("the number to leave") { harness.graph.world.pool.isEmpty }
    }
  }

  @Test func `a number that is used again joins when it has left`() async throws {
    try await SenderRegistryHarness.run(settings: Self.settings) { harness in
      let first = try await ready(harness)
      let latch = Latch()
      harness.graph.order("DELETE /501", .held(latch))
      try await harness.database.write {
        try $0.execute("UPDATE senders SET deleted_at = 1 WHERE id = ?", first.id.text)
      }
      let second = try await harness.createSender(with: try #require(first.numberID))
      try await eventually("the number to leave") { harness.graph.count("DELETE /501") == 1 }
      #expect(harness.graph.count(Self.add) == 1)
      latch.open()
      _ = try await harness.sender(second.id, "in the pool") { $0.reasons.map(\.code) == ["VERIFICATION_NEEDED"] }
      #expect(harness.graph.count(Self.add) == 2 && harness.graph.world.pool.count == 1)
    }
  }

  // MARK: Values

  @Test(
    arguments: [
      ("2026-11-22T10:00:00+0000", 1_795_341_600_000), ("2026-11-22T12:00:00+0200", 1_795_341_600_000),
      ("1795341600", 1_795_341_600_000), ("2026-11-22", nil), ("soon", nil), ("", nil), ("-5", nil),
    ] as [(String, Int64?)])
  func `Meta's times are read`(text: String, milliseconds: Int64?) {
    #expect(MetaMoment.parse(text) == milliseconds)
  }
}
