import Contracts
import JSON
import SenderRegistryHarness
import Store
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// What Meta's popup tells when it does not finish, and the checklist before it opens.
@Suite struct SignupEventTests {
  @Test func `a popup that was left says at which screen, until a signup is handed in`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let event = try await harness.call(
        SenderRegistryAPI.RecordSignupEvent(
          id: sender.id, event: .cancel, currentStep: "PHONE_NUMBER_VERIFICATION", version: "4"))
      #expect(event.currentStep == "PHONE_NUMBER_VERIFICATION" && event.senderID == sender.id)
      let stopped = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
      #expect(stopped.status == .pending && stopped.reasons.map(\.code) == ["SIGNUP_CANCELLED"])
      #expect(stopped.reasons.first?.message.contains("where the code for the number is typed") == true)
      try await harness.connect(sender.id)
      let online = try await harness.sender(sender.id, reaches: .online)
      #expect(online.reasons.isEmpty)
      // A popup that is closed later changes nothing of a sender that works.
      _ = try await harness.call(SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .cancel))
      #expect(try await harness.call(SenderRegistryAPI.GetSender(id: sender.id)).status == .online)
      let events = try await harness.call(SenderRegistryAPI.ListSignupEvents(id: sender.id))
      #expect(events.data.count == 2 && events.data.last?.id == event.id)
    }
  }

  @Test func `an error keeps Meta's words, and so does a problem the customer reported`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      for kind in SignupEvent.Kind.allCases {
        _ = try await harness.call(
          SenderRegistryAPI.RecordSignupEvent(
            id: sender.id, event: kind, errorMessage: "The name you chose isn't allowed.", errorCode: "524126",
            sessionID: "f34b51dab5e0498"))
        let view = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
        #expect(view.reasons.map(\.code) == ["SIGNUP_ERROR"])
        #expect(view.reasons.first?.message.contains("(524126): The name you chose isn't allowed.") == true)
        #expect(view.reasons.first?.nextStep.contains("f34b51dab5e0498") == true)
      }
    }
  }

  @Test func `a failed sender that tries the popup again and leaves it is pending with the newer reason`() async throws
  {
    try await SenderRegistryHarness.run { harness in
      harness.graph.order("GET /oauth/access_token", .error(100, "This authorization code has expired."))
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .failed)
      _ = try await harness.call(SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .cancel))
      let view = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
      #expect(view.status == .pending && view.reasons.map(\.code) == ["SIGNUP_CANCELLED"])
    }
  }

  @Test func `a sender that waits for its code keeps that reason`() async throws {
    try await SenderRegistryHarness.run { harness in
      harness.graph.change { $0.verification = "NOT_VERIFIED" }
      let sender = try await harness.createSender()
      try await harness.connect(sender.id)
      _ = try await harness.sender(sender.id, reaches: .pending)
      _ = try await harness.call(SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .cancel))
      let view = try await harness.call(SenderRegistryAPI.GetSender(id: sender.id))
      #expect(view.reasons.map(\.code) == ["CODE_NEEDED"])
    }
  }

  @Test func `texts are cut, unprintable characters go, and the newest 200 stay`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let event = try await harness.call(
        SenderRegistryAPI.RecordSignupEvent(
          id: sender.id, event: .error, currentStep: String(repeating: "S", count: 5_000),
          errorMessage: "a\u{0}b\u{202E}c\n" + String(repeating: "é", count: 5_000)))
      #expect(event.currentStep?.count == 100)
      #expect(event.errorMessage?.hasPrefix("a b c é") == true && event.errorMessage?.unicodeScalars.count == 1_000)
      for _ in 0..<205 {
        _ = try await harness.call(SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .cancel))
      }
      let count = try await harness.database.read {
        try $0.first("SELECT count(*) FROM signup_events") { try $0.int(0) }
      }
      #expect(count == 200)
      let first = try await harness.call(SenderRegistryAPI.ListSignupEvents(id: sender.id, limit: 100))
      let second = try await harness.call(
        SenderRegistryAPI.ListSignupEvents(id: sender.id, limit: 100, cursor: first.nextCursor))
      #expect(Set((first.data + second.data).map(\.id)).count == 200 && second.nextCursor == nil)
    }
  }

  @Test func `events of another account's sender are nobody's`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let (other, _) = try await harness.makeAccount("other")
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.RecordSignupEvent(id: sender.id, event: .cancel), account: other)
      }
      #expect(failure?.reason == "SENDER_NOT_FOUND")
    }
  }

  // MARK: The checklist

  @Test func `the checklist names what this installation lacks, by setting`() async throws {
    try await SenderRegistryHarness.run(settings: ["PUBLIC_URL": "http://127.0.0.1:1"]) { harness in
      let bare = try await harness.request("GET", "/v1/requirements")
      #expect(bare.status == 200)
      var states: [String: String] = [:]
      for item in bare.json["data"]?.array ?? [] { states[item["code"]?.string ?? ""] = item["state"]?.string }
      #expect(states["META_APP_ID"] == "met")
      #expect(states["META_CONFIG_ID"] == "unmet" && states["PUBLIC_URL"] == "unmet")
      #expect(states["WEBHOOK"] == "unknown" && states["NUMBER_NOT_ON_WHATSAPP"] == "unknown")
    }
    try await SenderRegistryHarness.run(settings: OnboardingLinkTests.settings) { harness in
      let list = try await harness.call(SenderRegistryAPI.ListRequirements(origin: .coexistence))
      #expect(!list.data.contains { $0.state == .unmet })
      #expect(list.data.contains { $0.code == "NUMBER_IN_APP" })
      #expect(!list.data.contains { $0.code == "NUMBER_NOT_ON_WHATSAPP" })
      #expect(list.data.allSatisfy { $0.state == .met || $0.nextStep?.isEmpty == false })
    }
  }

  @Test func `a Solution Partner's list names what only partners need`() async throws {
    let settings = ["PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": "900", "META_SYSTEM_TOKEN": "EAAsystem"]
    try await SenderRegistryHarness.run(settings: settings) { harness in
      let list = try await harness.call(SenderRegistryAPI.ListRequirements(origin: .platform))
      #expect(list.data.first { $0.code == "META_SYSTEM_TOKEN" }?.state == .met)
      #expect(list.data.first { $0.code == "META_CREDIT_LINE_ID" }?.state == .unmet)
      #expect(!list.data.contains { ($0.nextStep ?? "").contains("EAAsystem") || $0.text.contains("EAAsystem") })
    }
  }

  // MARK: Numbers

  @Test func `a number that its country does not have is refused with the lengths it has`() async throws {
    try await SenderRegistryHarness.run { harness in
      let wrong = try await harness.request(
        "POST", "/v1/senders", body: #"{"phone_number":"+44 20 7946","display_name":"Shop"}"#)
      #expect(wrong.status == 400 && wrong.json["code"] == "PHONE_NUMBER_INVALID")
      #expect(wrong.json["detail"]?.string?.contains("United Kingdom has 9 or 10 digits after +44") == true)
      let right = try await harness.request(
        "POST", "/v1/senders", body: #"{"phone_number":"+44 (0)20 7946 0958","display_name":"Shop"}"#)
      #expect(right.status == 201 && right.json["phone_number"] == "+442079460958")
      let same = try await harness.request(
        "POST", "/v1/senders", body: #"{"phone_number":"0044 020 7946 0958","display_name":"Shop"}"#)
      #expect(same.status == 409 && same.json["code"] == "PHONE_NUMBER_IN_USE")
      let local = try await harness.request(
        "POST", "/v1/senders", body: #"{"phone_number":"020 7946 0958","display_name":"Shop"}"#)
      #expect(local.status == 400 && local.json["detail"]?.string?.contains("add the country code") == true)
    }
  }
}
