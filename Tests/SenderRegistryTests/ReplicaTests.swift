import Contracts
import Crypto
import Store
import SenderRegistryHarness
import Testing
import Telemetry
import TestSupport
import Transport
import Wire
import Workers

@testable import SenderRegistry

@Suite struct ReplicaTests {
  private func ask(
    epoch: String? = nil, after: Int64 = 0, limit: Int = 100, wait: Int = 0
  ) -> SenderRegistryAPI.ReplicaChanges {
    SenderRegistryAPI.ReplicaChanges(epoch: epoch, after: after, limit: limit, waitMilliseconds: wait)
  }

  @Test func `a first question gets everything and a known epoch only what is new`() async throws {
    try await SenderRegistryHarness.run { harness in
      let first = try await harness.createSender("+14155550101")
      let second = try await harness.createSender("+14155550102")
      let all = try await harness.call(ask(), from: .receipts)
      #expect(all.isSnapshot && all.isComplete)
      #expect(all.changes.map(\.senderID) == [first.id, second.id])
      let last = try #require(all.changes.last?.counter)
      let nothing = try await harness.call(ask(epoch: all.epoch, after: last), from: .receipts)
      #expect(!nothing.isSnapshot && nothing.isComplete && nothing.changes.isEmpty)
      let third = try await harness.createSender("+14155550103")
      let new = try await harness.call(ask(epoch: all.epoch, after: last), from: .receipts)
      #expect(!new.isSnapshot && new.changes.map(\.senderID) == [third.id])
      #expect(new.changes.allSatisfy { $0.counter > last })
    }
  }

  @Test func `pages join up and tell that more is waiting`() async throws {
    try await SenderRegistryHarness.run { harness in
      for index in 0..<5 { _ = try await harness.createSender("+1415555010\(index)") }
      let one = try await harness.call(ask(limit: 2), from: .receipts)
      #expect(one.isSnapshot && !one.isComplete && one.changes.count == 2)
      var after = one.changes.last?.counter ?? 0
      let two = try await harness.call(ask(epoch: one.epoch, after: after, limit: 2), from: .receipts)
      #expect(!two.isSnapshot && !two.isComplete)
      after = two.changes.last?.counter ?? 0
      let three = try await harness.call(ask(epoch: one.epoch, after: after, limit: 2), from: .receipts)
      #expect(three.isComplete && three.changes.count == 1)
      #expect(Set((one.changes + two.changes + three.changes).map(\.senderID)).count == 5)
    }
  }

  @Test func `a foreign epoch and a position from the future both start over`() async throws {
    try await SenderRegistryHarness.run { harness in
      _ = try await harness.createSender()
      let all = try await harness.call(ask(), from: .receipts)
      #expect(try await harness.call(ask(epoch: "foreign", after: 1), from: .receipts).isSnapshot)
      let future = try await harness.call(ask(epoch: all.epoch, after: 1_000), from: .receipts)
      #expect(future.isSnapshot && future.changes.count == 1)
    }
  }

  @Test func `a deleted sender is a tombstone`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let before = try await harness.call(ask(), from: .receipts)
      try await harness.database.write { connection in
        guard var row = try connection.sender(sender.id) else { return }
        row.deletedAt = 5
        try connection.update(row, now: 5)
      }
      let after = try await harness.call(
        ask(epoch: before.epoch, after: before.changes[0].counter), from: .receipts)
      #expect(after.changes.count == 1)
      #expect(after.changes[0].isDeleted && after.changes[0].phoneNumber == nil && after.changes[0].accountID == nil)
    }
  }

  @Test func `only the services that act at Meta get a token, sealed for each of them`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .online)
      for service in [ServiceName.verifier, .messagingRouter] {
        let reply = try await harness.call(ask(), from: service)
        let sealed = try #require(reply.changes.first?.sealedAccessToken)
        #expect(!sealed.contains(harness.graph.world.token))
        let keys = try harness.files.pairKeys(service)
        let keyring = try #require(try ReplicaSealing.keyring(with: .senderRegistry, keys: keys))
        let token = try keyring.open(sealed, binding: ReplicaSealing.binding(sender.id.text))
        #expect(token.string == harness.graph.world.token)
        #expect(reply.changes.first?.phoneNumberID == "1065")
        #expect(reply.changes.first?.portfolioID == "77")
        #expect(reply.changes.first?.throughput == 80)
        // The other service's key does not open it.
        let other = service == .verifier ? ServiceName.messagingRouter : .verifier
        let foreign = try #require(
          try ReplicaSealing.keyring(with: .senderRegistry, keys: try harness.files.pairKeys(other)))
        #expect(throws: CryptoFailure.self) {
          try foreign.open(sealed, binding: ReplicaSealing.binding(sender.id.text))
        }
      }
      let receipts = try await harness.call(ask(), from: .receipts)
      #expect(receipts.changes.first?.sealedAccessToken == nil)
      #expect(receipts.changes.first?.phoneNumberID == nil)
      #expect(receipts.changes.first?.phoneNumber == sender.phoneNumber)
      #expect(receipts.changes.first?.displayName == "Shop")
    }
  }

  @Test func `a question that waits is answered by the next change`() async throws {
    try await SenderRegistryHarness.run { harness in
      let all = try await harness.call(ask(), from: .receipts)
      let answer = AsyncBox<SenderRegistryAPI.ReplicaChanges.Reply>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          answer.put(try await harness.call(ask(epoch: all.epoch, after: 0, wait: 20_000), from: .receipts))
        }
        let sender = try await harness.createSender()
        let reply = try await answer.next(within: .seconds(10))
        #expect(reply.changes.map(\.senderID) == [sender.id])
        try await group.waitForAll()
      }
    }
  }

  @Test func `a question that waited in vain is answered in time`() async throws {
    try await SenderRegistryHarness.run { harness in
      let all = try await harness.call(ask(), from: .receipts)
      let reply = try await limited(to: .seconds(5), "the answer") {
        try await harness.call(ask(epoch: all.epoch, after: 0, wait: 20), from: .receipts)
      }
      #expect(reply.changes.isEmpty && reply.isComplete && !reply.isSnapshot)
    }
  }

  @Test func `a question out of bounds is refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      for (call, code) in [
        (ask(limit: 0), "LIMIT_OUT_OF_RANGE"), (ask(limit: 501), "LIMIT_OUT_OF_RANGE"),
        (ask(wait: -1), "WAIT_OUT_OF_RANGE"), (ask(wait: 20_001), "WAIT_OUT_OF_RANGE"),
      ] {
        let failure = await #expect(throws: CallFailure.self) { try await harness.call(call, from: .receipts) }
        #expect(failure?.reason == code)
      }
    }
  }

  @Test func `a restart keeps the epoch and the setting after a restore makes a new one`() async throws {
    let first = try await SenderRegistryHarness()
    _ = try await first.createSender()
    let epoch = try await first.call(ask(), from: .receipts).epoch
    await first.stop(withGraph: false)
    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph)
    #expect(try await second.call(ask(epoch: epoch, after: 0), from: .receipts).isSnapshot == false)
    await second.stop(withGraph: false)
    let third = try await SenderRegistryHarness(
      files: first.files, graph: first.graph, settings: ["REPLICA_NEW_EPOCH": "true"])
    let reply = try await third.call(ask(epoch: epoch, after: 0), from: .receipts)
    #expect(reply.isSnapshot && reply.epoch != epoch && reply.changes.count == 1)
    await third.stop()
  }

  @Test func `whoever was away for an hour, or for a year, gets every change and every tombstone it missed`()
    async throws
  {
    let clock = TestClock()
    try await SenderRegistryHarness.run(clock: clock) { harness in
      let gone = try await harness.createSender("+14155550101")
      let known = try await harness.call(ask(), from: .receipts)
      var position = known.changes.last?.counter ?? 0
      for away in [Duration.seconds(3_600), .seconds(366 * 86_400)] {
        let number = away == .seconds(3_600) ? 2 : 3
        try await harness.database.write { connection in
          guard var row = try connection.sender(gone.id) else { return }
          row.deletedAt = clock.now
          try connection.update(row, now: clock.now)
        }
        clock.advance(by: away)
        // What forgets old things (answers, events) has its chance now.
        let made = try await harness.call(
          SenderRegistryAPI.CreateSender(
            phoneNumber: PhoneNumber(parsing: "+1415555010\(number)"), displayName: "Shop"), key: "key-\(number)")
        let missed = try await harness.call(ask(epoch: known.epoch, after: position), from: .receipts)
        #expect(!missed.isSnapshot && missed.isComplete)
        let deleted = missed.changes.filter(\.isDeleted).map(\.senderID)
        #expect(deleted == (number == 2 ? [gone.id] : []))
        #expect(missed.changes.last?.senderID == made.id)
        // One that knows nothing of the first year still hears of the deletion.
        let all = try await harness.call(ask(epoch: known.epoch, after: known.changes[0].counter), from: .receipts)
        #expect(!all.isSnapshot && all.changes.first?.senderID == gone.id && all.changes.first?.isDeleted == true)
        position = missed.changes.last?.counter ?? position
      }
    }
  }

  @Test func `a token that does not open keeps no other sender from its copies`() async throws {
    try await SenderRegistryHarness.run { harness in
      let damaged = try await harness.createSender()
      try await harness.connect(damaged.id)
      _ = try await harness.sender(damaged.id, reaches: .online)
      try await harness.database.write { try $0.execute("UPDATE senders SET access_token = access_token || 'A'") }
      let other = try await harness.createSender("+14155550102")
      let reply = try await harness.call(ask(), from: .messagingRouter)
      #expect(Set(reply.changes.map(\.senderID)) == [damaged.id, other.id])
      #expect(reply.changes.allSatisfy { $0.sealedAccessToken == nil })
      #expect(harness.log.ofEvent("sender.token_unreadable").contains { $0.contains(damaged.id.text) })
    }
  }

  @Test func `a stop lets go of those who wait`() async throws {
    let harness = try await SenderRegistryHarness()
    let all = try await harness.call(ask(), from: .receipts)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await harness.call(ask(epoch: all.epoch, wait: 20_000), from: .receipts) }
      try await eventually("somebody to wait") { try harness.service.notifier.waiterCount > 0 }
      await harness.stop()
      try await group.waitForAll()
    }
  }

  @Test func `beyond its limit nobody may wait, and a place that came free may be taken`() async throws {
    let loop = try EventLoop(name: "notifier")
    let notifier = ChangeNotifier(loop: loop)
    let generation = notifier.generation
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<(ChangeNotifier.maximumWaiters + 1) {
        group.addTask { await notifier.wait(after: generation, atMost: .seconds(60)) }
      }
      // The one too many comes back at once; an announcement lets the others go.
      #expect(await group.next() == false)
      notifier.announce()
      for await waited in group { #expect(waited) }
    }
    #expect(await notifier.wait(after: generation, atMost: .seconds(60)))
    notifier.close()
    #expect(await notifier.wait(after: notifier.generation, atMost: .seconds(60)) == false)
    loop.stop()
  }
}
