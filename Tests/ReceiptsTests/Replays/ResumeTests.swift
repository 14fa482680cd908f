import Contracts
import HTTP
import ReceiptsHarness
import Store
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct ResumeTests {
  private let front = ReceiptsFixture.front()

  private func paused(_ body: (ReceiptsFixture, WebhookID) async throws -> Void) async throws {
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
      try await body(fixture, webhook)
    }
  }

  @Test func `one click resumes and delivers everything that was missed`() async throws {
    let receiver = try await WebhookReceiver()
    try await ReceiptsFixture.run { fixture in
      let webhook = try await fixture.addWebhook(receiver.url).id
      try await fixture.record(1...2)
      try await fixture.settle(.exhausted)
      try await fixture.execute("UPDATE deliveries SET due_at = due_at - 1000 WHERE position = 1")
      // It has failed since the second one; the third waits for its next attempt.
      try await fixture.execute(
        "UPDATE webhooks SET failing_since = ?, failures = 20, told = 2", fixture.clock.now)
      try await fixture.record(.sample(3))
      try await fixture.pause(webhook)
      try await fixture.record(4...6)
      #expect(try await fixture.deliveries().filter { $0.state == .held }.count == 3)
      fixture.worker.start()
      fixture.replays.start()
      let before = try await fixture.number("SELECT version FROM webhooks")
      let resumed = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      #expect(resumed.state == .active && resumed.pause == nil && resumed.failingSince == nil)
      #expect(resumed.version == Int64(before + 1))
      // What was held against it is gone, and its owner hears when it takes events again.
      #expect(try await fixture.number("SELECT failures = 0 AND told <= 0 FROM webhooks") == 1)
      var ids: Set<String> = []
      for _ in 1...5 { ids.insert(try await receiver.requests.next().headers["webhook-id"] ?? "") }
      #expect(ids == Set((2...6).map { StatusEvent.sample($0).id.text }))
      try await eventually("the gap is closed") {
        try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.state == .completed
      }
      let gap = try #require(try await fixture.replaying.list(.init(webhookID: webhook), front).data.first)
      #expect(gap.kind == .gap && gap.matched == 4 && gap.isExact && gap.queued == 4)
      #expect(receiver.count == 5)
    }
    await receiver.stop()
  }

  @Test func `what was missed may be called off instead, and what waited goes on`() async throws {
    try await paused { fixture, webhook in
      try await fixture.record(.sample(1))
      try await fixture.pause(webhook)
      try await fixture.record(2...4)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook, skipMissed: true), front)
      let skip = try #require(try await fixture.replaying.list(.init(webhookID: webhook), front).data.first)
      #expect(skip.kind == .skip && skip.matched == 3)
      #expect(try await fixture.feed(skip.id) == .ended(.completed))
      #expect(try await fixture.deliveries().map(\.state) == [.cancelled, .cancelled, .cancelled, .waiting])
    }
  }

  @Test func `one that is not paused stays as it is, and without a gap there is no replay`() async throws {
    try await paused { fixture, webhook in
      let version = try await fixture.replaying.resume(.init(webhookID: webhook), front).version
      #expect(version == 1)
      try await fixture.pause(webhook)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      #expect(try await fixture.replaying.list(.init(webhookID: webhook), front).data.isEmpty)
    }
  }

  @Test func `paused again while the gap is being closed it goes on after the next resumption`() async throws {
    try await paused { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.record(1...5)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
      try await fixture.pause(webhook)
      try await fixture.record(.sample(6))
      #expect(try await fixture.feed(gap) == .later)
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'held'") == 6)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      #expect(try await fixture.replaying.list(.init(webhookID: webhook), front).data.map(\.id) == [gap])
      #expect(try await fixture.feed(gap) == .later)
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'held'") == 0)
    }
  }

  @Test func `what is to be skipped is not delivered by a later gap`() async throws {
    try await paused { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.record(1...3)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook, skipMissed: true), front)
      try await fixture.pause(webhook)
      try await fixture.record(4...5)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      let replays = try await fixture.replaying.list(.init(webhookID: webhook), front).data
      #expect(replays.map(\.kind) == [.gap, .skip])
      #expect(try await fixture.feed(replays[0].id) == .later)
      #expect(try await fixture.feed(replays[1].id) == .ended(.completed))
      #expect(try await fixture.feed(replays[0].id) == .later)
      #expect(
        try await fixture.deliveries().map(\.state) == [.waiting, .waiting, .cancelled, .cancelled, .cancelled])
    }
  }

  @Test func `a gap that is stopped calls off what it has not queued, and what was kept since is kept`() async throws {
    try await paused { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.plant(ReplayStep.most * 2 + 50, webhook: webhook, state: .held)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      let list = try await fixture.replaying.list(.init(webhookID: webhook), front).data
      let gap = try #require(list.first?.id)
      #expect(try await fixture.step(gap) == .again(queued: ReplayStep.most))
      try await fixture.pause(webhook)
      try await fixture.record(.sample(1))
      _ = try await fixture.replaying.cancel(.init(replayID: gap), front)
      #expect(try await fixture.feed(gap) == .ended(.cancelled))
      let cancelled = try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'cancelled'")
      #expect(cancelled == ReplayStep.most * 2 + 50)
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'held'") == 1)
    }
  }

  @Test func `what is skipped is skipped to its end`() async throws {
    try await paused { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.plant(ReplayStep.most + 50, webhook: webhook, state: .held)
      _ = try await fixture.replaying.resume(.init(webhookID: webhook, skipMissed: true), front)
      let list = try await fixture.replaying.list(.init(webhookID: webhook), front).data
      let skip = try #require(list.first?.id)
      _ = try await fixture.step(skip)
      let replaying = fixture.replaying
      let failure = await fixture.refusal { try await replaying.cancel(.init(replayID: skip), front) }
      #expect(failure?.reason == "SKIP_NOT_STOPPABLE")
      #expect(try await fixture.feed(skip) == .ended(.completed))
      #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'held'") == 0)
    }
  }

  @Test(arguments: [Webhook.Pause.Reason.gone, .byHand])
  func `who was told of a pause is told of its end, and nobody else`(reason: Webhook.Pause.Reason) async throws {
    let isUp = Latch()
    let receiver = try await WebhookReceiver { _, _ in .text("", status: isUp.isOpen ? 200 : 410) }
    try await ReceiptsFixture.run { fixture in
      let id = try await fixture.addEndpoint(receiver.url)
      fixture.worker.start()
      if reason == .gone {
        try await fixture.hand([.sample(1)])
        try await eventually("it is paused") { try await fixture.webhook(id).pause?.reason == .gone }
      } else {
        try await fixture.pause(id, reason: reason)
      }
      isUp.open()
      _ = try await fixture.replaying.resume(.init(webhookID: id), front)
      try await fixture.hand([.sample(2)])
      try await eventually("it is delivered") {
        try await fixture.queue(of: id).contains { $0.state == "delivered" }
      }
      let told = try await fixture.number("SELECT count(*) FROM events WHERE type = 'endpoint.recovered'")
      #expect(told == (reason == .gone ? 1 : 0))
    }
    await receiver.stop()
  }

  @Test func `held events of an erased person are called off, not delivered`() async throws {
    try await paused { fixture, webhook in
      try await fixture.pause(webhook)
      try await fixture.record(1...2)
      try await fixture.execute("UPDATE events SET body = ? WHERE position = 1", Array(#"{"erased":true}"#.utf8))
      _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
      let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
      try await fixture.feed(gap)
      #expect(try await fixture.deliveries().map(\.state) == [.waiting, .cancelled])
    }
  }

  @Test func `a long gap is closed in small writes, and killed in the middle loses nothing`() async throws {
    let count = 3_000
    var fixture = try ReceiptsFixture()
    let webhook = try await fixture.addWebhook("https://hooks.example.com/").id
    try await fixture.pause(webhook)
    try await fixture.plant(count, webhook: webhook, state: .held)
    _ = try await fixture.replaying.resume(.init(webhookID: webhook), front)
    let gap = try await fixture.replaying.list(.init(webhookID: webhook), front).data.first?.id
    var steps = 0
    for _ in 1...4 {
      for _ in 1...2 {
        #expect(try await fixture.step(gap) == .again(queued: ReplayStep.most))
        steps += 1
      }
      await fixture.close()
      fixture = try ReceiptsFixture(clock: fixture.clock, after: fixture)
      #expect(
        try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'waiting' AND is_replay = 1")
          == steps * ReplayStep.most)
    }
    try await fixture.feed(gap)
    #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == count)
    #expect(try await fixture.number("SELECT count(*) FROM deliveries WHERE state = 'held'") == 0)
    await fixture.close()
  }
}
