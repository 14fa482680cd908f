import Outbound
import Contracts
import JSON
import SenderRegistryHarness
import Testing
import TestSupport
import Wire

@testable import SenderRegistry

@Suite struct ProfileTests {
  private static let post = "POST " + ScriptedGraph.profilePath

  private func reason(_ body: () async throws -> Void) async -> String? {
    do { try await body() } catch { return (error as? CallFailure)?.reason }
    return nil
  }

  @Test func `a change goes to Meta with the changed fields only, and the answer says that it arrived`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let changed = try await harness.change(id) {
        $0.about = .set("Flowers, fresh")
        $0.category = .set("Shopping and Retail")
        $0.websites = .set(["https://flowers.example", "https://shop.example/a"])
      }
      #expect(changed.state == .synced && changed.unsent.isEmpty)
      #expect(changed.category == "RETAIL" && changed.categoryLabel == "Shopping and Retail")
      let again = try await harness.change(id) { $0.email = .set("hello@flowers.example") }
      #expect(again.state == .synced && again.about == "Flowers, fresh")
      #expect(again.version > changed.version)
      #expect(
        harness.graph.profile.posts == [
          [
            "messaging_product": "whatsapp", "about": "Flowers, fresh", "vertical": "RETAIL",
            "websites": ["https://flowers.example", "https://shop.example/a"],
          ],
          ["messaging_product": "whatsapp", "email": "hello@flowers.example"],
        ])
    }
  }

  @Test func `the same values again are not sent`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      for _ in 0..<2 { _ = try await harness.change(id) { $0.about = .set("Hello") } }
      #expect(harness.graph.profile.posts.count == 1)
    }
  }

  @Test func `null empties a field, and those that WhatsApp does not let be empty are refused by name`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender(ProfileDraft(about: "Hi", category: "AUTO", email: "a@b.c"))
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
      let emptied = try await harness.change(id) { $0.email = .null }
      #expect(emptied.email == nil && harness.graph.profile.fields["email"] == nil)
      for set in [
        { $0.about = .null }, { $0.category = .null },
      ] as [@Sendable (inout SenderRegistryAPI.UpdateProfile) -> Void] {
        let failure = await #expect(throws: CallFailure.self) { try await harness.change(id, set) }
        #expect(failure?.reason == "FIELD_CANNOT_BE_UNSET")
      }
    }
  }

  @Test func `what comes with a new sender waits as a draft and is sent once it is online`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.call(
        SenderRegistryAPI.CreateSender(
          phoneNumber: PhoneNumber(parsing: SenderRegistryHarness.number), displayName: "Shop",
          profile: ProfileDraft(about: "Soon", bannerURL: "https://a.example/b.png")))
      let draft = try await harness.profile(sender.id)
      #expect(draft.state == .draft && draft.unsent == ["about"] && draft.about == "Soon")
      #expect(draft.notShownByWhatsapp == ["banner_url"])
      // Still nobody to send it to: answered at once.
      let more = try await harness.change(sender.id) { $0.address = .set("1 Main St") }
      #expect(more.state == .draft && harness.graph.profile.posts.isEmpty)
      try await harness.connect(sender.id)
      let synced = try await harness.profile(sender.id, "synced") { $0.state == .synced }
      #expect(synced.address == "1 Main St")
      #expect(harness.graph.profile.fields == ["about": "Soon", "address": "1 Main St"])
    }
  }

  @Test func `a bad field of a new sender's profile is refused with its path, and no sender is made`() async throws {
    try await SenderRegistryHarness.run { harness in
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(
          SenderRegistryAPI.CreateSender(
            phoneNumber: PhoneNumber(parsing: SenderRegistryHarness.number), displayName: "Shop",
            profile: ProfileDraft(websites: ["nowhere"])))
      }
      #expect(failure?.details?["field"] == "profile.websites")
      let senders = try await harness.call(SenderRegistryAPI.ListSenders())
      #expect(senders.data.isEmpty)
    }
  }

  @Test func `what Meta refuses is shown in its words, kept, and sent again after a correction`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order(Self.post, .error(100, "(#100) Param description is not allowed"))
      let refused = try await harness.change(id) {
        $0.description = .set("free money")
        $0.email = .set("a@b.c")
      }
      #expect(refused.state == .refused && refused.description == "free money")
      #expect(
        refused.refusal
          == ProfileRefusal(code: "100", message: "(#100) Param description is not allowed", field: "description"))
      #expect(refused.unsent == ["description", "email"])
      #expect(try await harness.eventKinds().filter { $0 == "profile.refused" }.count == 1)
      let corrected = try await harness.change(id) { $0.description = .set("Flowers") }
      #expect(corrected.state == .synced && corrected.refusal == nil)
      #expect(harness.graph.profile.fields == ["description": "Flowers", "email": "a@b.c"])
    }
  }

  @Test func `a passing error is tried again, and after the last try it is said and kept for later`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order(Self.post, .error(2, "busy", status: 503, isTransient: true))
      let first = try await harness.change(id) { $0.about = .set("A") }
      #expect(first.state == .synced)
      harness.graph.order(
        Self.post, .error(2, "b", isTransient: true), .error(2, "b", isTransient: true),
        .error(2, "b", isTransient: true))
      let tired = try await harness.change(id) { $0.about = .set("B") }
      #expect(tired.state == .refused && tired.refusal?.code == "META_UNREACHABLE", "\(tired)")
      let later = try await harness.change(id) { $0.about = .set("C") }
      #expect(later.state == .synced, "\(later)")
    }
  }

  @Test func `a change that Meta does not answer is answered after the caller's patience, as pending`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let latch = Latch()
      harness.graph.order(Self.post, .held(latch))
      var call = SenderRegistryAPI.UpdateProfile(id: id)
      call.about = .set("A")
      let account = try await harness.account
      let pending = try await harness.service.router.callLocally(
        call, CallContext(caller: .senderRegistry, account: account.text, deadline: .after(.milliseconds(400))))
      #expect(pending.state == .pending && pending.unsent == ["about"])
      latch.open()
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
    }
  }

  // MARK: Meta's side

  @Test func `the first reading shows what Meta has`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.changeProfile {
        $0.fields = ["about": "From before", "vertical": "UNDEFINED", "websites": ["https://old.example/"]]
        $0.picture = "x"
      }
      let profile = try await harness.profile(try await harness.profiledSender())
      #expect(profile.about == "From before" && profile.category == nil)
      #expect(profile.websites == ["https://old.example/"])
      #expect(profile.hasPicture == true && profile.state == .synced)
      #expect(profile.warnings.map(\.code) == ["PICTURE_STAYS"])
    }
  }

  @Test func `a change at Meta is shown as drift and told once, and nothing is overwritten`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender(ProfileDraft(about: "Ours"))
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
      harness.graph.changeProfile { $0.fields["about"] = "Metas" }
      try await harness.readAgain(id)
      let drifted = try await harness.profile(id, "drifted") { $0.state == .drifted }
      #expect(drifted.about == "Ours" && drifted.drift.map(\.metas) == ["Metas"])
      try await harness.readAgain(id)
      // Another field is changed meanwhile: the drifted one does not travel with it.
      let other = try await harness.change(id) { $0.email = .set("a@b.c") }
      #expect(other.state == .drifted)
      #expect(harness.graph.profile.fields["about"] == "Metas")
      #expect(try await harness.eventKinds().filter { $0 == "profile.drifted" }.count == 1)
      let ours = try await harness.change(id) { $0.about = .set("Ours") }
      #expect(ours.state == .synced && harness.graph.profile.fields["about"] == "Ours")
    }
  }

  @Test func `sync reads at once, and with adopt Meta's values take the place of ours`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender(ProfileDraft(about: "Ours"))
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
      harness.graph.changeProfile { $0.fields = ["about": "Metas", "email": "m@m.example"] }
      let read = try await harness.call(SenderRegistryAPI.SyncProfile(id: id))
      #expect(read.state == .drifted && read.drift.map(\.field).sorted() == ["about", "email"] && read.email == nil)
      let adopted = try await harness.call(SenderRegistryAPI.SyncProfile(id: id, adopt: true))
      #expect(adopted.state == .synced && adopted.about == "Metas" && adopted.email == "m@m.example")
      #expect(harness.graph.profile.posts.count == 1)
    }
  }

  @Test func `a sync of a sender that is not connected, or that Meta does not answer, says so`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      #expect(
        await reason { _ = try await harness.call(SenderRegistryAPI.SyncProfile(id: sender.id)) }
          == "SENDER_NOT_CONNECTED")
      try await harness.connect(sender.id)
      _ = try await harness.profile(sender.id, "read") { $0.syncedAt != nil }
      harness.graph.order("GET " + ScriptedGraph.profilePath, .garbage, .error(10, "no permission"))
      #expect(
        await reason { _ = try await harness.call(SenderRegistryAPI.SyncProfile(id: sender.id)) }
          == "META_UNREACHABLE")
      #expect(
        await reason { _ = try await harness.call(SenderRegistryAPI.SyncProfile(id: sender.id)) } == "META_REFUSED")
    }
  }

  @Test func `profiles are read by themselves, again and again`() async throws {
    try await SenderRegistryHarness.run(settings: ["PROFILE_SYNC_INTERVAL": "100ms"]) { harness in
      let id = try await harness.profiledSender()
      harness.graph.changeProfile { $0.fields["about"] = "Metas" }
      _ = try await harness.profile(id, "drifted") { $0.state == .drifted }
    }
  }

  @Test func `a dead token stops neither texts nor readings for ever`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order(Self.post, .error(190, "expired", status: 401))
      let refused = try await harness.change(id) { $0.about = .set("A") }
      #expect(refused.state == .refused && refused.refusal?.code == "190")
      let taken = try await harness.change(id) { $0.about = .set("B") }
      #expect(taken.state == .synced && taken.about == "B")
    }
  }

  // MARK: Access

  @Test func `a change meant for another version is refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let version = try await harness.profile(id).version
      _ = try await harness.change(id) {
        $0.ifVersion = version; $0.about = .set("A")
      }
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.change(id) {
          $0.ifVersion = version; $0.about = .set("B")
        }
      }
      #expect(failure?.reason == IfVersion.changed)
    }
  }

  @Test func `another account sees nothing of it`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let (other, _) = try await harness.makeAccount("other")
      func refused<C: Call>(_ call: C) async -> Bool {
        await reason { _ = try await harness.call(call, account: other) } == "SENDER_NOT_FOUND"
      }
      var change = SenderRegistryAPI.UpdateProfile(id: sender.id)
      change.about = .set("A")
      #expect(await refused(SenderRegistryAPI.GetProfile(id: sender.id)))
      #expect(await refused(change))
      #expect(await refused(SenderRegistryAPI.SyncProfile(id: sender.id)))
      #expect(await refused(SenderRegistryAPI.DeleteLogo(id: sender.id)))
      #expect(try await harness.profile(sender.id).about == nil)
    }
  }

  @Test func `the profile over the REST API: merge, null, unknown members, categories, ETag`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      let path = "/v1/senders/\(id)/profile"
      let changed = try await harness.request(
        "PATCH", path, body: #"{"about":"Hi","category":"retail","email":null,"banner_url":"https://a.example"}"#)
      #expect(changed.status == 200, "\(changed.json)")
      #expect(changed.json["category"] == "RETAIL" && changed.json["not_shown_by_whatsapp"] == ["banner_url"])
      let tag = changed.headers["ETag"] ?? ""
      #expect(tag == "\"\(changed.json["version"]?.int64 ?? 0)\"")
      let late = try await harness.request(
        "PATCH", path, body: #"{"about":"Ho"}"#, headers: [("If-Match", "\"1\"")])
      #expect(late.status == 412)
      let unknown = try await harness.request("PATCH", path, body: #"{"logo_url":"x"}"#)
      #expect(unknown.status == 400)
      let empty = try await harness.request("PATCH", path, body: "{}")
      #expect(empty.status == 400 && empty.json["code"] == "NOTHING_TO_CHANGE")
      let long = try await harness.request(
        "PATCH", path, body: "{\"about\":\"\(String(repeating: "a", count: 140))\"}")
      #expect(long.status == 400 && long.json["field"] == "about")
      let categories = try await harness.request("GET", "/v1/profile-categories")
      #expect(categories.json["data"]?.array?.count == 21)
      let synced = try await harness.request("POST", path + "/sync", body: #"{"adopt":true}"#)
      #expect(synced.status == 200 && synced.json["state"] == "synced", "\(synced.json)")
    }
  }
}
