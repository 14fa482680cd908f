import Contracts
import JSON
import SenderRegistryHarness
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

@Suite struct NumberTests {
  // MARK: By hand

  @Test func `a number entered by hand is there, named, and can be taken out`() async throws {
    try await SenderRegistryHarness.run { harness in
      let added = try await harness.addNumber("+44 20 7946 0100", nickname: "  London ")
      #expect(added.phoneNumber.text == "+442079460100" && added.country == "GB" && added.nickname == "London")
      #expect(added.provider == "manual" && added.state == .active && added.isAvailable && added.version == 1)
      let renamed = try await harness.call(SenderRegistryAPI.UpdateNumber(id: added.id, nickname: .set("Desk")))
      #expect(renamed.nickname == "Desk" && renamed.version == 2)
      let late = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.UpdateNumber(id: added.id, nickname: .set("Late"), ifVersion: 1))
      }
      #expect(late?.reason == IfVersion.changed)
      let same = try await harness.call(SenderRegistryAPI.UpdateNumber(id: added.id))
      #expect(same == renamed)
      let bare = try await harness.call(SenderRegistryAPI.UpdateNumber(id: added.id, nickname: .null))
      #expect(bare.nickname == nil)
      _ = try await harness.call(SenderRegistryAPI.DeleteNumber(id: added.id))
      #expect(try await harness.call(SenderRegistryAPI.ListNumbers()).data.isEmpty)
      let gone = try await harness.call(SenderRegistryAPI.ListNumbers(state: .released))
      #expect(gone.data.map(\.id) == [added.id])
      // It may come back.
      #expect(try await harness.addNumber("+442079460100").id != added.id)
    }
  }

  @Test(arguments: [String(repeating: "x", count: 65), "bell\u{07}"])
  func `a nickname that is too long or hides something is refused`(nickname: String) async throws {
    try await SenderRegistryHarness.run { harness in
      let failure = await #expect(throws: CallFailure.self) { try await harness.addNumber(nickname: nickname) }
      #expect(failure?.reason == "NICKNAME_INVALID")
    }
  }

  @Test func `a list is narrowed and goes through its pages`() async throws {
    try await SenderRegistryHarness.run { harness in
      let london = try await harness.addNumber("+442079460100")
      let trunk = try await harness.addNumber("+14155550100", kind: .sip)
      let used = try await harness.addNumber("+14155550101")
      let shown = try await harness.addNumber("+14165550102", kind: .callerID)
      let sender = try await harness.createSender(with: used.id)
      func ids(_ call: SenderRegistryAPI.ListNumbers) async throws -> [NumberID] {
        try await harness.call(call).data.map(\.id)
      }
      #expect(try await ids(.init(kind: .sip)) == [trunk.id])
      #expect(try await ids(.init(country: "gb")) == [london.id])
      #expect(try await ids(.init(country: "CA")) == [shown.id])
      #expect(try await ids(.init(available: true)) == [london.id])
      #expect(try await ids(.init(available: false)) == [shown.id, used.id, trunk.id])
      let first = try await harness.call(SenderRegistryAPI.ListNumbers(limit: 3))
      #expect(first.data.map(\.id) == [shown.id, used.id, trunk.id])
      #expect(try await ids(.init(limit: 3, cursor: first.nextCursor)) == [london.id])
      #expect(first.data[1].senderID == sender.id && !first.data[1].isAvailable)
      let failure = await #expect(throws: CallFailure.self) { try await ids(.init(country: "GBR")) }
      #expect(failure?.reason == "COUNTRY_INVALID")
    }
  }

  @Test func `a number is in one inventory, and no account sees another's`() async throws {
    try await SenderRegistryHarness.run { harness in
      let mine = try await harness.addNumber()
      let (stranger, _) = try await harness.makeAccount("stranger")
      let twice = await #expect(throws: CallFailure.self) { try await harness.addNumber() }
      #expect(twice?.reason == "NUMBER_IN_INVENTORY" && twice?.details?["number_id"]?.string == mine.id.text)
      let held = await #expect(throws: CallFailure.self) { try await harness.addNumber(account: stranger) }
      #expect(held?.reason == "NUMBER_HELD" && held?.details?["number_id"] == nil)
      func expectNotFound<C: Call>(_ call: C) async {
        let failure = await #expect(throws: CallFailure.self) { try await harness.call(call, account: stranger) }
        #expect(failure?.code == .notFound, "\(C.method)")
      }
      await expectNotFound(SenderRegistryAPI.GetNumber(id: mine.id))
      await expectNotFound(SenderRegistryAPI.UpdateNumber(id: mine.id, nickname: .set("x")))
      await expectNotFound(SenderRegistryAPI.DeleteNumber(id: mine.id))
      await expectNotFound(SenderRegistryAPI.ReleaseNumber(id: mine.id))
      await expectNotFound(SenderRegistryAPI.DeleteReadyNumber(id: mine.id))
      await expectNotFound(SenderRegistryAPI.CreateSender(numberID: mine.id, displayName: "Thief"))
      #expect(try await harness.call(SenderRegistryAPI.ListNumbers(), account: stranger).data.isEmpty)
      #expect(try await harness.call(SenderRegistryAPI.GetNumber(id: mine.id)) == mine)
    }
  }

  @Test func `without a carrier its calls say what to set`() async throws {
    try await SenderRegistryHarness.run { harness in
      let number = try await harness.addNumber()
      let calls: [@Sendable () async throws -> Void] = [
        { _ = try await harness.buy("+14155550199") },
        { _ = try await harness.call(SenderRegistryAPI.SearchAvailableNumbers(country: "US")) },
        { _ = try await harness.call(SenderRegistryAPI.ImportNumbers()) },
      ]
      for call in calls {
        let failure = await #expect(throws: CallFailure.self) { try await call() }
        #expect(failure?.code == .failedPrecondition && failure?.reason == "CARRIER_NOT_CONFIGURED")
        #expect(failure?.message.contains("CARRIER_ACCOUNT_SID") == true)
      }
      let manual = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.ReleaseNumber(id: number.id))
      }
      #expect(manual?.reason == "NUMBER_MANUAL")
    }
  }

  // MARK: Senders

  @Test func `a sender names its number or one of the inventory, never both`() async throws {
    try await SenderRegistryHarness.run { harness in
      let number = try await harness.addNumber()
      for call in [
        SenderRegistryAPI.CreateSender(displayName: "Shop"),
        SenderRegistryAPI.CreateSender(phoneNumber: number.phoneNumber, numberID: number.id, displayName: "Shop"),
      ] {
        let failure = await #expect(throws: CallFailure.self) { try await harness.call(call) }
        #expect(failure?.code == .invalidArgument && failure?.reason == "NUMBER_OR_ID")
      }
      // By its digits it would pass for a number of the business's own, whose calls nobody intercepts.
      let external = SenderRegistryAPI.CreateSender(phoneNumber: number.phoneNumber, displayName: "Shop")
      let failure = await #expect(throws: CallFailure.self) { try await harness.call(external) }
      #expect(failure?.reason == "NUMBER_IN_INVENTORY")
      let sender = try await harness.createSender(with: number.id)
      #expect(sender.origin == .platform && sender.numberID == number.id && sender.phoneNumber == number.phoneNumber)
      // A Tech Provider signs up first: the onboarding adds and verifies the number.
      #expect(sender.status == .pending && sender.reasons.map(\.code) == ["SIGNUP_NEEDED"])
      #expect(try await harness.readyNumbers().isEmpty)
    }
  }

  @Test func `only a free normal number becomes a sender's`() async throws {
    try await SenderRegistryHarness.run { harness in
      let used = try await harness.addNumber()
      _ = try await harness.createSender(with: used.id)
      _ = try await harness.createSender("+14155550177")
      let typed = try await harness.addNumber("+14155550177")
      let trunk = try await harness.addNumber("+14155550178", kind: .sip)
      let gone = try await harness.addNumber("+14155550179")
      _ = try await harness.call(SenderRegistryAPI.DeleteNumber(id: gone.id))
      for (number, why) in [(used, "uses it"), (typed, "uses it"), (trunk, "sip"), (gone, "released")] {
        let failure = await #expect(throws: CallFailure.self) { try await harness.createSender(with: number.id) }
        #expect(failure?.reason == "NUMBER_NOT_AVAILABLE" && failure?.message.contains(why) == true)
      }
      let inUse = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.DeleteNumber(id: used.id))
      }
      #expect(inUse?.reason == "NUMBER_IN_USE")
    }
  }
}
