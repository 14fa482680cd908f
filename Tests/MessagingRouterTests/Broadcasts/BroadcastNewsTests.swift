import Contracts
import HTTP
import JSON
import MessagingRouterHarness
import TestSupport
import Testing
import Wire

@testable import MessagingRouter

/// What automation is told of broadcasts.
@Suite struct BroadcastNewsTests {
  @Test func `its start and its end are told, with the counts at that moment`() async throws {
    try await BroadcastScene.run { scene in
      let id = try await scene.started(3)
      try await scene.becomes(id, .completed)
      let started = try await scene.harness.receipts.next(.broadcastStarted)
      #expect(started.accountID.text == scene.sender.account && started.senderID == scene.sender.id)
      #expect(started.data["broadcast_id"]?.string == id.text && started.data["name"] == "Sale")
      #expect(started.data["state"] == "running" && started.data["reason"] == .null)
      #expect(started.data["counts"]?["pending"]?.int64 == 3)
      let completed = try await scene.harness.receipts.next(.broadcastCompleted)
      #expect(completed.data["broadcast_id"]?.string == id.text && completed.data["state"] == "completed")
      #expect(completed.data["counts"]?["sent"]?.int64 == 3 && completed.data["counts"]?["recipients"]?.int64 == 3)
      #expect(completed.data["template_id"]?.string == scene.template.text)
    }
  }

  @Test func `what people do is told once, however often they ask for it`() async throws {
    try await BroadcastScene.run { scene in
      let id = try await scene.draft(2)
      let later = Timestamp(milliseconds: scene.harness.time.now + 86_400_000)
      _ = try await scene.call(MessagingRouterAPI.UpdateBroadcast(id: id, startAt: .set(later)))
      for _ in 0..<2 { _ = try await scene.call(MessagingRouterAPI.StartBroadcast(id: id)) }
      for _ in 0..<2 { _ = try await scene.call(MessagingRouterAPI.PauseBroadcast(id: id)) }
      for _ in 0..<2 { _ = try await scene.call(MessagingRouterAPI.ResumeBroadcast(id: id)) }
      for _ in 0..<2 { _ = try await scene.call(MessagingRouterAPI.CancelBroadcast(id: id)) }
      var told: [HandedEvent.Happening] = []
      while told.last?.type != .broadcastCancelled {
        let event = try await scene.harness.receipts.happenings.next("what people did")
        if event.data["broadcast_id"]?.string == id.text { told.append(event) }
      }
      #expect(told.map(\.type) == [.broadcastStarted, .broadcastPaused, .broadcastResumed, .broadcastCancelled])
      #expect(told.map { $0.data["state"]?.string } == ["scheduled", "paused", "scheduled", "cancelled"])
      #expect(told[1].data["reason"] == "operator")
      #expect(told[3].data["counts"]?["cancelled"]?.int64 == 2)
      try await scene.router.isQuiet()
      #expect(scene.harness.receipts.happenings.count == 0)
    }
  }

  @Test func `a drop of quality pauses it and is told with the reason`() async throws {
    try await pauses(.qualityDropped, recipients: 400) { scene in
      try await eventually("some have gone") { scene.sent.all > 0 }
      try await scene.write("UPDATE replica_senders SET quality_rating = 'RED', throughput = 20")
    }
  }

  @Test func `131048 pauses it and is told with the reason`() async throws {
    try await pauses(.spamLimit, recipients: 4_000) { scene in
      scene.meta { _ in MetaAnswers.error(131_048) }
    }
  }

  @Test func `too many failures pause it and are told with the reason`() async throws {
    try await pauses(.tooManyFailures, recipients: 4_000) { scene in
      scene.meta { _ in MetaAnswers.error(131_008) }
    }
  }

  /// A running broadcast stops by itself after `event`; what is told of it says so.
  private func pauses(
    _ reason: Broadcast.PauseReason, recipients: Int, after event: (BroadcastScene) async throws -> Void
  ) async throws {
    try await BroadcastScene.run { scene in
      let id = try await scene.started(recipients)
      try await event(scene)
      let paused = try await scene.harness.receipts.next(.broadcastPaused)
      #expect(paused.data["broadcast_id"]?.string == id.text && paused.senderID == scene.sender.id)
      #expect(paused.data["reason"]?.string == reason.rawValue && paused.data["state"] == "paused")
      #expect(paused.data["detail"]?.string?.isEmpty == false && paused.data["actor"] == .null)
      #expect(try await scene.view(id).pauseReason == reason)
      #expect(try await scene.events(id).filter { $0 == .paused } == [.paused])
    }
  }
}
