import Store
import Contracts
import SenderRegistryHarness
import Testing
import TestSupport
import Wire
import Workers

@testable import SenderRegistry

@Suite struct NameChangeTests {
  private func rename(_ harness: SenderRegistryHarness, _ id: SenderID, _ name: String) async throws -> Sender {
    try await harness.call(SenderRegistryAPI.UpdateSender(id: id, displayName: name))
  }

  /// The webhook's word, as the router passes it on.
  private func decide(
    _ harness: SenderRegistryHarness, _ id: SenderID, _ decision: String, _ name: String, reason: String? = nil
  ) async throws {
    let notifier = try harness.service.notifier
    _ = try await harness.database.write { connection in
      connection.afterCommit { notifier.announce() }
      return try connection.nameDecided(
        id, decision: decision, requestedName: name, rejectionReason: reason, now: 1)
    }
  }

  @Test func `a sender that Meta does not know yet simply has another name`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let renamed = try await rename(harness, sender.id, " Other Shop ")
      #expect(renamed.displayName == "Other Shop" && renamed.requestedDisplayName == nil)
      #expect(renamed.version > sender.version)
      #expect(harness.graph.requests.isEmpty)
    }
  }

  @Test func `an approved name is registered and then seen`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let wanted = try await rename(harness, id, "New Shop")
      #expect(wanted.displayName == "Shop" && wanted.requestedDisplayName == "New Shop")
      _ = try await harness.sender(id, "in review") { $0.nameStatus == "PENDING_REVIEW" }
      let pin = harness.graph.world.pin
      harness.graph.changeProfile { $0.newNameStatus = "APPROVED" }
      try await decide(harness, id, "APPROVED", "New Shop")
      let renamed = try await harness.sender(id, "renamed") { $0.displayName == "New Shop" }
      #expect(renamed.requestedDisplayName == nil && renamed.nameStatus == "APPROVED" && renamed.status == .online)
      // With the PIN it had.
      #expect(harness.graph.count("POST /1065/register") == 2 && harness.graph.world.pin == pin)
      #expect(try await harness.eventKinds().contains("sender.name_changed"))
      let history = try await harness.database.read {
        try $0.all("SELECT event FROM sender_history ORDER BY sequence") { try $0.text(0) }
      }
      #expect(history.contains("name_changed"))
    }
  }

  @Test func `without a webhook the review is looked at`() async throws {
    try await SenderRegistryHarness.run(settings: ["NAME_REVIEW_INTERVAL": "20ms"]) { harness in
      let id = try await harness.profiledSender()
      _ = try await rename(harness, id, "New Shop")
      try await eventually("the request") { harness.graph.profile.newName == "New Shop" }
      harness.graph.changeProfile { $0.newNameStatus = "APPROVED" }
      _ = try await harness.sender(id, "renamed") { $0.displayName == "New Shop" }
    }
  }

  @Test func `a declined name leaves the old one, with Meta's reason`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      _ = try await rename(harness, id, "Bad Name")
      _ = try await harness.sender(id, "in review") { $0.nameStatus == "PENDING_REVIEW" }
      try await decide(harness, id, "DEFERRED", "Bad Name")
      try await decide(harness, id, "REJECTED", "Another Name")
      #expect(try await harness.call(SenderRegistryAPI.GetSender(id: id)).requestedDisplayName == "Bad Name")
      try await decide(harness, id, "REJECTED", "Bad Name", reason: "NAME_NOT_CONSISTENT")
      let sender = try await harness.call(SenderRegistryAPI.GetSender(id: id))
      #expect(sender.displayName == "Shop" && sender.requestedDisplayName == nil && sender.nameStatus == "DECLINED")
      let message = try await harness.database.read {
        try $0.first("SELECT message FROM account_events WHERE kind = 'sender.name_declined'") { try $0.text(0) }
      }
      #expect(message?.contains("NAME_NOT_CONSISTENT") == true)
      #expect(harness.graph.count("POST /1065/register") == 1)
    }
  }

  @Test func `a request that Meta refuses is declined in its words`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order("POST /1065", .error(100, "(#100) too many changes"))
      _ = try await rename(harness, id, "New Shop")
      let sender = try await harness.sender(id, "told") { $0.requestedDisplayName == nil }
      #expect(sender.displayName == "Shop")
      #expect(try await harness.eventKinds().contains("sender.name_declined"))
    }
  }

  @Test func `an approval that cannot be registered waits and says so`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      _ = try await rename(harness, id, "New Shop")
      _ = try await harness.sender(id, "in review") { $0.nameStatus == "PENDING_REVIEW" }
      harness.graph.order("POST /1065/register", .error(133_016, "limit"))
      try await decide(harness, id, "APPROVED", "New Shop")
      try await eventually("it to be told") { try await harness.eventKinds().contains("sender.name_waits") }
      let sender = try await harness.call(SenderRegistryAPI.GetSender(id: id))
      #expect(sender.requestedDisplayName == "New Shop" && sender.status == .online)
    }
  }

  @Test func `a PIN that is not ours ends the change, so that Meta does not lock the number`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      _ = try await rename(harness, id, "New Shop")
      _ = try await harness.sender(id, "in review") { $0.nameStatus == "PENDING_REVIEW" }
      harness.graph.order("POST /1065/register", .error(133_005, "two step verification PIN mismatch"))
      let before = harness.graph.count("POST /1065/register")
      try await decide(harness, id, "APPROVED", "New Shop")
      let sender = try await harness.sender(id, "told") { $0.requestedDisplayName == nil }
      #expect(sender.displayName == "Shop" && sender.status == .online)
      #expect(try await harness.eventKinds().contains("sender.name_declined"))
      #expect(harness.graph.count("POST /1065/register") == before + 1)
    }
  }

  @Test func `a coexistence number's name belongs to its app, and bad names are refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      func reason(_ name: String) async -> String? {
        do { _ = try await rename(harness, id, name) } catch { return (error as? CallFailure)?.reason }
        return nil
      }
      #expect(await reason("x") == "DISPLAY_NAME_INVALID")
      try await harness.database.write {
        try $0.execute("UPDATE senders SET origin = 'coexistence' WHERE id = ?", id.text)
      }
      #expect(await reason("New Shop") == "NAME_IS_THE_APPS")
      #expect(harness.graph.count("POST /1065") == 0)
    }
  }

  @Test func `the name it has is no change, and the one in review is asked for once`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let same = try await rename(harness, id, "Shop")
      #expect(same.requestedDisplayName == nil)
      for _ in 0..<2 {
        _ = try await rename(harness, id, "New Shop")
        _ = try await harness.sender(id, "in review") { $0.nameStatus == "PENDING_REVIEW" }
      }
      #expect(harness.graph.count("POST /1065") == 1)
    }
  }
}
