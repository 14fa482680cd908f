import Store
import Contracts
import JSON
import SenderRegistryHarness
import TestSupport
import Workers

@testable import SenderRegistry

/// What the tests of profiles have in common.
extension SenderRegistryHarness {
  /// A sender that is online and whose profile was read once.
  func profiledSender(_ profile: ProfileDraft? = nil) async throws -> SenderID {
    let sender = try await call(
      SenderRegistryAPI.CreateSender(
        phoneNumber: PhoneNumber(parsing: Self.number), displayName: "Shop", profile: profile))
    try await connect(sender.id)
    _ = try await self.sender(sender.id, reaches: .online)
    _ = try await self.profile(sender.id, "read") { $0.syncedAt != nil }
    return sender.id
  }

  func profile(_ id: SenderID) async throws -> SenderProfile {
    try await call(SenderRegistryAPI.GetProfile(id: id))
  }

  func profile(
    _ id: SenderID, _ what: String, until condition: (SenderProfile) -> Bool
  ) async throws -> SenderProfile {
    var found = try await profile(id)
    try await eventually("the profile to be \(what)") {
      found = try await profile(id)
      return condition(found)
    }
    return found
  }

  func change(
    _ id: SenderID, _ set: (inout SenderRegistryAPI.UpdateProfile) -> Void
  ) async throws -> SenderProfile {
    var call = SenderRegistryAPI.UpdateProfile(id: id)
    set(&call)
    return try await self.call(call)
  }

  /// Kinds of the account's events, in order.
  func eventKinds() async throws -> [String] {
    try await database.read { try $0.all("SELECT kind FROM account_events ORDER BY sequence") { try $0.text(0) } }
  }

  /// Lets the worker look at the profile now, as if its interval had passed.
  func readAgain(_ id: SenderID) async throws {
    try await database.write {
      try $0.execute("UPDATE profiles SET read_at = 0, due_at = 0 WHERE sender_id = ?", id.text)
    }
    try service.notifier.announceForTests()
  }
}

extension ScriptedGraph {
  static let profilePath = "/1065/whatsapp_business_profile"

  var profile: ScriptedProfile { world.profile }

  func changeProfile(_ body: (inout ScriptedProfile) -> Void) { change { body(&$0.profile) } }
}

extension ChangeNotifier {
  func announceForTests() { announce() }
}
