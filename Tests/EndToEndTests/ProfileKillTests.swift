import Crypto
import Foundation
import JSON
import Outbound
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// `kill -9` between a call to Meta and its answer: Meta has done it, nobody was told. The next life finds out.
  @Suite struct ProfileKillTests {
    /// An effect at Meta, and the door it goes through.
    enum Effect: String, CaseIterable, Sendable {
      case profilePost = "graph.profile"
      case uploadBegin = "graph.uploads begin"
      case uploadBytes = "graph.uploads bytes"
      case nameRequest = "graph.name"
      case registration = "graph.register"

      var door: String { String(rawValue.prefix { $0 != " " }) }
    }

    private static let image = TestImage.png(320, 320, filler: 100_000)

    @Test(arguments: Effect.allCases)
    func `an effect that Meta carried out before the registry died is not repeated`(effect: Effect) async throws {
      try await Product.run([.senderRegistry: ["NAME_REVIEW_INTERVAL": "200ms"]], starting: [.senderRegistry]) {
        product in
        let (story, world) = (product.story, product.world)
        let sender = try await story.connect()
        try await story.wait(for: "online", of: sender)
        let number = try await story.call("GET", "/v1/senders/\(sender)")["phone_number_id"]?.string ?? ""
        try await eventually(within: .seconds(20), "the profile was read") {
          try await story.call("GET", "/v1/senders/\(sender)/profile")["synced_at"] != nil
        }
        try await arm(effect, product, sender, number)
        // The answer never comes: the service dies with the call.
        let acting = Task { try await act(effect, product, sender) }
        try await eventually(within: .seconds(30), "Meta carried out \(effect)") {
          world.faults.taken["\(effect.door) timeout"] == 1
        }
        try await product.services.restart(.senderRegistry)
        _ = await acting.result
        try await finish(effect, product, sender, number)
      }
    }

    /// Meta does the next thing behind this door and does not answer.
    private func arm(_ effect: Effect, _ product: Product, _ sender: String, _ number: String) async throws {
      let (story, world) = (product.story, product.world)
      let fault = Fault(
        .timeout, at: effect.door, parameters: .init(milliseconds: 60_000, isAccepted: true))
      switch effect {
      case .uploadBytes:
        // The first request begins the upload and is answered, slowly enough to order the fault behind it.
        try world.faults.order(Fault(.delay, at: effect.door, parameters: .init(milliseconds: 0)))
        try world.faults.order(fault)
      case .registration:
        try await story.call("PATCH", "/v1/senders/\(sender)", ["display_name": "Second Shop"])
        try await eventually(within: .seconds(20), "the name is in review") {
          world.number(number)?.newNameStatus == "PENDING_REVIEW"
        }
        try world.faults.order(fault)
      case .profilePost, .uploadBegin, .nameRequest:
        try world.faults.order(fault)
      }
    }

    private func act(_ effect: Effect, _ product: Product, _ sender: String) async throws {
      let (story, world) = (product.story, product.world)
      switch effect {
      case .profilePost:
        try await story.call("PATCH", "/v1/senders/\(sender)/profile", ["about": "Flowers", "category": "RETAIL"])
      case .uploadBegin, .uploadBytes:
        try await putLogo(story, sender)
      case .nameRequest:
        try await story.call("PATCH", "/v1/senders/\(sender)", ["display_name": "Second Shop"])
      case .registration:
        let number = try await story.call("GET", "/v1/senders/\(sender)")["phone_number_id"]?.string ?? ""
        try world.decideName(numberID: number, decision: "APPROVED", tells: false)
      }
    }

    /// What must have come of it in the end, once.
    private func finish(_ effect: Effect, _ product: Product, _ sender: String, _ number: String) async throws {
      let (story, world) = (product.story, product.world)
      switch effect {
      case .profilePost:
        try await synced(story, sender)
        #expect(world.number(number)?.profileText("about") == "Flowers")
        #expect(world.number(number)?.profilePosts == 1)
      case .uploadBegin, .uploadBytes:
        try await synced(story, sender)
        #expect(world.number(number)?.profilePicture == Self.image)
        #expect(world.number(number)?.profilePosts == 1)
      case .nameRequest:
        try world.decideName(numberID: number, decision: "APPROVED", tells: false)
        try await renamed(story, sender)
        #expect(world.number(number)?.nameRequests == 1)
      case .registration:
        try await renamed(story, sender)
        // One when it was connected, one with the new name.
        #expect(world.number(number)?.registered == 2)
      }
    }

    private func synced(_ story: Story, _ sender: String) async throws {
      try await eventually(within: .seconds(60), "the profile is synced") {
        try await story.call("GET", "/v1/senders/\(sender)/profile")["state"] == "synced"
      }
    }

    private func renamed(_ story: Story, _ sender: String) async throws {
      try await eventually(within: .seconds(60), "the name is seen") {
        try await story.call("GET", "/v1/senders/\(sender)")["display_name"] == "Second Shop"
      }
    }

    private func putLogo(_ story: Story, _ sender: String) async throws {
      _ = try await story.api.send(
        OutboundRequest(
          method: "PUT", url: story.api.baseURL + "/v1/senders/\(sender)/logo",
          headers: [
            (name: "Content-Type", value: "image/png"), (name: "Authorization", value: "Bearer \(story.key)"),
          ], body: Self.image))
    }
  }
}
