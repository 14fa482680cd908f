import Outbound
import Store
import Contracts
import JSON
import SenderRegistryHarness
import Testing
import TestSupport

@testable import SenderRegistry

/// The service goes down between a call and its answer; the next one looks at Meta before it repeats anything.
@Suite struct ProfileResumeTests {
  private static let post = "POST " + ScriptedGraph.profilePath
  private static let image = TestImage.png(200, 200, filler: 60)

  /// Starts a service, lets `act` do something, waits until `request` hangs at Meta, stops the service there, lets
  /// Meta finish or not, starts the next one.
  private func interrupted(
    at request: String, reaches: Bool = true,
    _ act: @escaping @Sendable (SenderRegistryHarness, SenderID) async throws -> Void,
    _ check: (SenderRegistryHarness, SenderID) async throws -> Void
  ) async throws {
    let first = try await SenderRegistryHarness(settings: ["NAME_REVIEW_INTERVAL": "50ms"])
    let id = try await first.profiledSender()
    let latch = Latch()
    let before = first.graph.count(request)
    // Held first and answered with an error that never arrives: Meta did nothing.
    first.graph.order(request, reaches ? .held(latch) : .heldError(latch))
    let acting = Task { try await act(first, id) }
    try await eventually("Meta to be asked") { first.graph.count(request) > before }
    await first.stop(withGraph: false)
    latch.open()
    // Its answer went down with the service.
    _ = await acting.result
    let second = try await SenderRegistryHarness(
      files: first.files, graph: first.graph, adminKey: first.adminKey, settings: ["NAME_REVIEW_INTERVAL": "50ms"])
    do {
      try await check(second, id)
    } catch {
      await second.stop()
      throw error
    }
    await second.stop()
  }

  @Test func `a post that arrived is not repeated`() async throws {
    try await interrupted(at: Self.post) { harness, id in
      _ = try await harness.change(id) { $0.about = .set("A") }
    } _: { harness, id in
      let profile = try await harness.profile(id, "synced") { $0.state == .synced }
      #expect(profile.about == "A" && harness.graph.profile.posts.count == 1)
      #expect(harness.graph.count(Self.post) == 1)
    }
  }

  @Test func `a post that never arrived is repeated`() async throws {
    try await interrupted(at: Self.post, reaches: false) { harness, id in
      _ = try await harness.change(id) { $0.about = .set("A") }
    } _: { harness, id in
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
      #expect(harness.graph.profile.posts.count == 1 && harness.graph.count(Self.post) == 2)
    }
  }

  @Test(arguments: [true, false])
  func `an upload whose session is not known is begun anew`(reaches: Bool) async throws {
    try await interrupted(at: "POST /4711/uploads", reaches: reaches) { harness, id in
      _ = try await harness.setLogo(id, Self.image)
    } _: { harness, id in
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
      let handle = reaches ? "4::2" : "4::1"
      #expect(harness.graph.profile.picture == handle && harness.graph.profile.posts.count == 1)
    }
  }

  @Test func `bytes that arrived are not sent again`() async throws {
    try await interrupted(at: "POST /upload:1") { harness, id in
      _ = try await harness.setLogo(id, Self.image)
    } _: { harness, id in
      _ = try await harness.profile(id, "synced") { $0.state == .synced }
      #expect(harness.graph.profile.uploads["upload:1"]?.bytes == Self.image)
      #expect(harness.graph.profile.uploadHeaders == ["OAuth  0", "OAuth  \(Self.image.count)"])
      #expect(harness.graph.profile.uploads.count == 1)
    }
  }

  @Test func `an upload that broke off goes on where it broke off`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.changeProfile { $0.uploadTakes = 40 }
      let profile = try await harness.setLogo(id, Self.image)
      #expect(profile.state == .synced)
      #expect(harness.graph.profile.uploads["upload:1"]?.bytes == Self.image)
      #expect(harness.graph.profile.uploadHeaders == ["OAuth  0", "OAuth  40"])
    }
  }

  @Test func `a session that Meta forgot is begun anew, and not without end`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order("POST /upload:1", .error(100, "gone"))
      #expect(try await harness.setLogo(id, Self.image).state == .synced)
      for index in 3..<12 { harness.graph.order("POST /upload:\(index)", .error(100, "gone")) }
      let refused = try await harness.setLogo(id, TestImage.png(300, 300))
      #expect(refused.state == .refused && refused.logo?.state == .refused)
      #expect(harness.graph.profile.uploads.count == 6)
    }
  }

  @Test func `the post of a picture that arrived is not repeated`() async throws {
    try await interrupted(at: Self.post) { harness, id in
      _ = try await harness.setLogo(id, Self.image)
    } _: { harness, id in
      let profile = try await harness.profile(id, "synced") { $0.state == .synced }
      #expect(profile.logo?.state == .synced && harness.graph.count(Self.post) == 1)
    }
  }

  @Test func `a lost answer is settled by reading within the same life`() async throws {
    try await SenderRegistryHarness.run { harness in
      let id = try await harness.profiledSender()
      harness.graph.order(Self.post, .lost)
      let taken = try await harness.change(id) { $0.about = .set("A") }
      #expect(taken.state == .synced)
      #expect(harness.graph.count(Self.post) == 1)
    }
  }

  // MARK: Names

  private static let ask = "POST /1065"
  private static let register = "POST /1065/register"

  private func rename(_ harness: SenderRegistryHarness, _ id: SenderID) async throws {
    _ = try await harness.call(SenderRegistryAPI.UpdateSender(id: id, displayName: "New Shop"))
  }

  @Test(arguments: [true, false])
  func `a request for a name is repeated only if it never arrived`(reaches: Bool) async throws {
    try await interrupted(at: Self.ask, reaches: reaches, rename) { harness, id in
      _ = try await harness.sender(id, "in review") { $0.nameStatus == "PENDING_REVIEW" || reaches }
      try await eventually("the review") {
        try await harness.database.read { try $0.nameChange(id)?.step } == .review
      }
      #expect(harness.graph.count(Self.ask) == (reaches ? 1 : 2))
      harness.graph.changeProfile { $0.newNameStatus = "APPROVED" }
      let renamed = try await harness.sender(id, "renamed") { $0.displayName == "New Shop" }
      #expect(renamed.requestedDisplayName == nil && harness.graph.count(Self.register) == 2)
    }
  }

  @Test(arguments: [true, false])
  func `the registration after an approval is repeated only if it never arrived`(reaches: Bool) async throws {
    try await interrupted(at: Self.register, reaches: reaches) { harness, id in
      try await self.rename(harness, id)
      try await eventually("the review") { harness.graph.profile.newName != nil }
      harness.graph.changeProfile { $0.newNameStatus = "APPROVED" }
    } _: { harness, id in
      _ = try await harness.sender(id, "renamed") { $0.displayName == "New Shop" }
      // One when the sender was connected.
      #expect(harness.graph.count(Self.register) == (reaches ? 2 : 3))
      #expect(harness.graph.profile.registrations == 2)
    }
  }
}

extension SenderRegistryHarness {
  /// Puts a logo and waits until nothing of it is under way.
  func setLogo(_ id: SenderID, _ image: [UInt8]) async throws -> SenderProfile {
    let response = try await put("/v1/senders/\(id)/logo", image, type: "image/png")
    guard response.status == 200 else { throw LogoRefused(text: String(decoding: response.body, as: UTF8.self)) }
    return try JSONCoder.decode(SenderProfile.self, from: response.body)
  }
}

struct LogoRefused: Error { let text: String }
