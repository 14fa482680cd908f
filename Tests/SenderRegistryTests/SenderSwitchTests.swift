import Contracts
import JSON
import Outbound
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// Switching off and on, removing, waiting too long, finding.
@Suite struct SenderSwitchTests {
  private func reason(_ work: () async throws -> Void) async -> String? {
    do {
      try await work()
      return nil
    } catch let failure as CallFailure {
      return failure.reason
    } catch {
      return "\(error)"
    }
  }

  @Test func `a disabled sender is offline everywhere, Meta cannot bring it back, enabling reads at once`() async throws
  {
    try await SenderRegistryHarness.run(settings: ["REFRESH_PAUSE": "0s"]) { harness in
      let sender = try await harness.onlineSender()
      let off = try await harness.call(SenderRegistryAPI.DisableSender(id: sender.id))
      #expect(off.status == .offline && !off.isEnabled && off.reasons.map(\.code) == ["DISABLED_BY_HAND"])
      let again = try await harness.call(SenderRegistryAPI.DisableSender(id: sender.id))
      #expect(again.version == off.version)
      let replica = try await harness.call(
        SenderRegistryAPI.ReplicaChanges(epoch: nil, after: 0, limit: 10, waitMilliseconds: 0), from: .messagingRouter)
      #expect(replica.changes.map(\.status) == [.offline])
      #expect(try await harness.refresh(sender.id).status == .offline)
      harness.graph.change { $0.status = "BANNED" }
      #expect(try await harness.refresh(sender.id).reasons.map(\.code) == ["DISABLED_BY_HAND", "NUMBER_BANNED"])
      #expect(await reason { try await harness.connect(sender.id) } == "SENDER_DISABLED")
      harness.graph.change { $0.status = "CONNECTED" }
      let reads = harness.graph.count("GET /1065")
      let on = try await harness.call(SenderRegistryAPI.EnableSender(id: sender.id), key: "on-1")
      #expect(on.status == .online && on.isEnabled && on.reasons.isEmpty)
      #expect(harness.graph.count("GET /1065") == reads + 1)
      // The repeat of the request is answered as it was, and asks nothing.
      let repeated = try await harness.call(SenderRegistryAPI.EnableSender(id: sender.id), key: "on-1")
      #expect(repeated == on && harness.graph.count("GET /1065") == reads + 1)
      #expect(
        try await harness.history(sender.id).suffix(4) == [
          "disabled:offline", "number_read:offline", "enabled:offline", "number_read:online",
        ])
    }
  }

  @Test func `what was never connected cannot be switched off, on or refreshed`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      #expect(
        await reason { _ = try await harness.call(SenderRegistryAPI.DisableSender(id: sender.id)) }
          == "SENDER_NOT_CONNECTED")
      #expect(await reason { try await harness.refresh(sender.id) } == "SENDER_NOT_CONNECTED")
      // It is not switched off, so there is nothing to do.
      #expect(try await harness.call(SenderRegistryAPI.EnableSender(id: sender.id)).status == .pending)
    }
  }

  @Test func `a sender is refreshed once in a while only`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      try await harness.refresh(sender.id)
      let answer = try await harness.request("POST", "/v1/senders/\(sender.id)/refresh")
      #expect(answer.status == 429 && answer.json["code"] == "REFRESHED_JUST_NOW")
      #expect(answer.headers["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
    }
  }

  @Test func `a deleted sender leaves a tombstone, no secrets, and a free number`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.onlineSender()
      let stale = try await harness.request(
        "DELETE", "/v1/senders/\(sender.id)", headers: [("If-Match", "\"\(sender.version + 7)\"")])
      #expect(stale.status == 412)
      let gone = try await harness.request(
        "DELETE", "/v1/senders/\(sender.id)", headers: [("If-Match", "\"\(sender.version)\"")])
      #expect(gone.status == 204)
      #expect(try await harness.request("GET", "/v1/senders/\(sender.id)").status == 404)
      #expect(try await harness.request("DELETE", "/v1/senders/\(sender.id)").status == 404)
      let secrets = """
        SELECT count(*) FROM senders s LEFT JOIN onboarding o ON o.sender_id = s.id
        WHERE s.access_token IS NOT NULL OR s.pin IS NOT NULL OR o.code IS NOT NULL OR o.access_token IS NOT NULL
          OR o.state <> 'ended'
        """
      #expect(try await harness.text(secrets) == ["0"])
      #expect(try await harness.text("SELECT sender_id FROM sender_polls").isEmpty)
      let replica = try await harness.call(
        SenderRegistryAPI.ReplicaChanges(epoch: nil, after: 0, limit: 10, waitMilliseconds: 0), from: .verifier)
      #expect(replica.changes.map(\.isDeleted) == [true])
      #expect(try await harness.events("sender.deleted").count == 1)
      let next = try await harness.createSender()
      try await harness.connect(next.id)
      #expect(try await harness.sender(next.id, reaches: .online).phoneNumberID == "1065")
    }
  }

  @Test func `a sender that is being connected is not deleted, and deleting is for administrators`() async throws {
    try await SenderRegistryHarness.run { harness in
      let latch = Latch()
      harness.graph.order("GET /oauth/access_token", .held(latch))
      let sender = try await harness.createSender()
      #expect(try await harness.connect(sender.id).reasons.map(\.code) == ["CONNECTING"])
      #expect(
        await reason { _ = try await harness.call(SenderRegistryAPI.DeleteSender(id: sender.id)) }
          == "ONBOARDING_RUNNING")
      latch.open()
      _ = try await harness.sender(sender.id, reaches: .online)
      let (_, key) = try await harness.makeAccount("default", role: .operator)
      #expect(try await harness.request("DELETE", "/v1/senders/\(sender.id)", key: key).status == 403)
    }
  }

  @Test func `a sender that waits too long names the step it waits for, once`() async throws {
    try await SenderRegistryHarness.run(settings: ["PENDING_WARN_AFTER": "40ms"]) { harness in
      let sender = try await harness.createSender()
      let late = try await harness.sender(sender.id, "late") { $0.reasons.count == 2 }
      #expect(late.status == .pending && late.reasons.map(\.code) == ["SIGNUP_NEEDED", "PENDING_TOO_LONG"])
      #expect(late.reasons.last?.message.contains("SIGNUP_NEEDED") == true)
      let advice = try #require(late.reasons.last?.nextStep)
      #expect(
        advice.hasPrefix(SenderReason.signupNeeded.nextStep) && advice.contains("delete the sender and create it"))
      #expect(try await harness.events("sender.reasons_changed").map(\.severity) == [.warning])
      let latch = Latch()
      harness.graph.order("POST /1029/subscribed_apps", .held(latch))
      try await harness.connect(sender.id)
      let slow = try await harness.sender(sender.id, "slow") {
        $0.reasons.contains { $0.code == "CONNECTING_TOO_LONG" }
      }
      #expect(slow.status == .connecting && slow.reasons.last?.message.contains("subscribe_app") == true)
      latch.open()
      #expect(try await harness.sender(sender.id, reaches: .online).reasons.isEmpty)
      #expect(try await harness.history(sender.id).count { $0 == "waited_too_long:pending" } == 1)
    }
  }

  @Test func `senders are found by what they are`() async throws {
    try await SenderRegistryHarness.run { harness in
      let online = try await harness.onlineSender()
      let pending = try await harness.call(
        SenderRegistryAPI.CreateSender(phoneNumber: PhoneNumber(parsing: "+14155550199"), displayName: "100% Bäcker_1"))
      func found(_ call: SenderRegistryAPI.ListSenders) async throws -> [SenderID] {
        try await harness.call(call).data.map(\.id)
      }
      #expect(try await found(.init()) == [pending.id, online.id])
      #expect(try await found(.init(status: .online)) == [online.id])
      #expect(try await found(.init(origin: .platform)).isEmpty)
      #expect(try await found(.init(qualityRating: "GREEN")) == [online.id])
      #expect(try await found(.init(portfolioID: "77")) == [online.id])
      #expect(try await found(.init(phoneNumber: "1 (415) 555-0199")) == [pending.id])
      #expect(try await found(.init(search: "00% b")) == [pending.id])
      #expect(try await found(.init(search: "r_1")) == [pending.id])
      #expect(try await found(.init(search: "_")) == [pending.id])
      #expect(try await found(.init(status: .pending, search: "shop")).isEmpty)
      let first = try await harness.call(SenderRegistryAPI.ListSenders(limit: 1))
      #expect(try await found(.init(limit: 1, cursor: first.nextCursor)) == [online.id])
      let answer = try await harness.request("GET", "/v1/senders?phone_number=%2B14155550199&status=pending")
      #expect(answer.json["data"]?.array?.count == 1)
      for query in ["search=", "phone_number=12", "quality_rating="] {
        #expect(try await harness.request("GET", "/v1/senders?\(query)").status == 400, "\(query)")
      }
    }
  }

  @Test func `of two changes that saw the same version one is refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      // The router is down, so the change itself fails; its claim of the version does not.
      let first = try await harness.request(
        "PATCH", "/v1/senders/\(sender.id)", body: #"{"ai_enabled":true}"#,
        headers: [("If-Match", "\"\(sender.version)\"")])
      #expect(first.status == 503)
      let second = try await harness.request(
        "PATCH", "/v1/senders/\(sender.id)", body: #"{"ai_enabled":false}"#,
        headers: [("If-Match", "\"\(sender.version)\"")])
      #expect(second.status == 412)
    }
  }
}
