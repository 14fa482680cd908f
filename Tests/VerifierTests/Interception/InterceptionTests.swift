import CarrierAPI
import Contracts
import Store
import TestSupport
import Testing
import Wire

@testable import Verifier

@Suite struct InterceptionTests {
  private typealias Rig = InterceptionRig
  private static let other = VerificationID(trusted: "ver_01JD0000000000000000000001")

  @Test func `a number's route is written down, switched, confirmed and given back`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      let armed = try await rig.reach(.armed)
      #expect(rig.isOurs)
      let original = try armed.original?.open(rig.keyring)
      #expect(original?.url == Rig.normal && original?.fallbackURL == "https://late.example/x")
      #expect(armed.deadlineAt == rig.clock.now + 300_000 && armed.dueAt == armed.deadlineAt)
      #expect(rig.told.armed.map(\.0) == [Rig.verification])
      #expect(rig.told.armed.count == 1 && rig.told.armed.first?.1 == nil)
      // Found, changed, and read again.
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 1)
      let now = rig.clock.now
      let heard = try await rig.database.read { try $0.armedInterception(phoneNumber: Rig.number, now: now) }
      #expect(heard == Rig.verification)
      let known = try await rig.database.read { try $0.normalRoute(phoneNumber: Rig.number, rig.keyring) }
      #expect(known?.url == Rig.normal)

      try await rig.giveBack()
      let given = try await rig.database.read { try $0.armedInterception(phoneNumber: Rig.number, now: now) }
      #expect(given == nil)
      let ended = try await rig.reach(.restored)
      #expect(rig.isNormal && ended.endedAt == rig.clock.now)
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 2)
      #expect(rig.told.alerts.isEmpty && rig.told.failed.isEmpty)
      // Once more is the same as once.
      try await rig.giveBack()
      #expect(try await rig.row()?.state == .restored)
      // The normal URL may carry a password.
      let bytes = try DatabaseBytes(directory: rig.directory.path)
      #expect(bytes.contains(Rig.number) && !bytes.contains("user:word"))
    }
  }

  @Test func `an application is given back too, and that it has no fallback is said`() async throws {
    try await Rig.run { rig in
      rig.carrier.setRoute(of: Rig.number, ["VoiceApplicationSid": "AP1", "VoiceUrl": "", "VoiceFallbackUrl": ""])
      try await rig.order()
      try await rig.reach(.armed)
      let route = rig.carrier.route(of: Rig.number)
      #expect(
        route["VoiceUrl"] == Rig.voiceURL && route["VoiceApplicationSid"] == "" && route["VoiceFallbackUrl"] == "")
      #expect(rig.told.armed.first?.1?.contains("loses them") == true)
      try await rig.giveBack()
      try await rig.reach(.restored)
      #expect(rig.carrier.route(of: Rig.number)["VoiceApplicationSid"] == "AP1")
      #expect(rig.carrier.route(of: Rig.number)["VoiceUrl"] == "")
    }
  }

  @Test func `no number is intercepted past its deadline, whatever the session does`() async throws {
    try await Rig.run { rig in
      // Five minutes is the most, however much is asked for.
      try await rig.order(for: .seconds(3_600))
      let armed = try await rig.reach(.armed)
      #expect(armed.deadlineAt == rig.clock.now + 300_000)
      rig.clock.advance(by: .seconds(299))
      try rig.interceptor.wake()
      let before = rig.clock.now
      #expect(try await rig.database.read { try $0.armedInterception(phoneNumber: Rig.number, now: before) } != nil)
      rig.clock.advance(by: .seconds(1))
      let after = rig.clock.now
      // Even before the route is back.
      #expect(try await rig.database.read { try $0.armedInterception(phoneNumber: Rig.number, now: after) } == nil)
      try await rig.reach(.restored)
      #expect(rig.isNormal)
      // The session knows its deadline: a recording may still be on its way to it.
      #expect(rig.told.failed.isEmpty && rig.told.alerts.isEmpty)
    }
  }

  @Test func `two verifications never have one number`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      let failure = await #expect(throws: CallFailure.self) { try await rig.order(Self.other) }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "NUMBER_STILL_INTERCEPTED")
      #expect(failure?.retry == .afterMilliseconds(15_000))
      try await rig.giveBack()
      try await rig.reach(.restored)
      try await rig.order(Self.other)
      try await rig.reach(.armed, Self.other)
      #expect(rig.isOurs)
      #expect(try await rig.row(Self.other)?.original?.open(rig.keyring).url == Rig.normal)
    }
  }

  @Test func `one that is given back before anything was changed changes nothing`() async throws {
    try await Rig.run { rig in
      let latch = Latch()
      rig.carrier.order("GET /IncomingPhoneNumbers", .held(latch))
      try await rig.order()
      try await eventually("the carrier to be asked") { rig.carrier.count("GET /IncomingPhoneNumbers") == 1 }
      try await rig.giveBack()
      latch.open()
      let ended = try await rig.reach(.failed)
      #expect(ended.endedAt != nil && rig.isNormal && rig.carrier.count("POST /IncomingPhoneNumbers") == 0)
      // It was their own wish.
      #expect(rig.told.failed.isEmpty && rig.told.armed.isEmpty)
    }
  }

  @Test func `one that is given back while it is being switched is never armed`() async throws {
    try await Rig.run { rig in
      let latch = Latch()
      rig.carrier.order("POST /IncomingPhoneNumbers", .held(latch))
      try await rig.order()
      try await eventually("the route to be switched") { rig.isOurs }
      try await rig.giveBack()
      latch.open()
      try await rig.reach(.restored)
      #expect(rig.isNormal && rig.told.armed.isEmpty)
    }
  }

  @Test func `a number the account does not hold is refused at once`() async throws {
    try await Rig.run { rig in
      try await rig.order(number: "+14155550199")
      try await rig.reach(.failed)
      #expect(rig.told.failed.map(\.1) == ["NUMBER_NOT_AT_CARRIER"])
    }
  }

  @Test func `without a public address nothing is switched`() async throws {
    try await Rig.run(publicURL: nil) { rig in
      try await rig.order()
      try await rig.reach(.failed)
      #expect(rig.told.failed.map(\.1) == ["PUBLIC_URL_MISSING"])
      #expect(rig.isNormal && rig.carrier.requests.isEmpty)
    }
  }

  @Test func `a number whose route is ours with no journal is left alone, and what to do is said`() async throws {
    try await Rig.run { rig in
      rig.carrier.setRoute(of: Rig.number, ["VoiceUrl": Rig.voiceURL])
      try await rig.order()
      let failed = try await rig.reach(.failed)
      #expect(rig.told.failed.map(\.1) == ["ROUTE_ALREADY_OURS"])
      #expect(failed.lastError?.contains("written down") == true)
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 0)
    }
  }

  @Test func `a route that came back late is healed from the journal`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      let ours = rig.carrier.route(of: Rig.number)
      try await rig.giveBack()
      try await rig.reach(.restored)
      rig.carrier.setRoute(of: Rig.number, ours)
      try await rig.order(Self.other)
      try await rig.reach(.armed, Self.other)
      try await rig.giveBack(Self.other)
      try await rig.reach(.restored, Self.other)
      #expect(rig.isNormal)
    }
  }

  @Test func `rows are forgotten thirty days after their end`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      try await rig.giveBack()
      try await rig.reach(.restored)
      rig.clock.advance(by: .seconds(31 * 86_400))
      try rig.interceptor.wake()
      try await eventually("the row to be forgotten") { try await rig.row() == nil }
    }
  }

  @Test func `many numbers are intercepted side by side`() async throws {
    try await Rig.run { rig in
      let numbers = (0..<40).map { "+1415556\(1_000 + $0)" }
      for (index, number) in numbers.enumerated() {
        rig.carrier.hold(number)
        try await rig.order(VerificationID(trusted: "ver_\(index)"), number: number)
      }
      try await eventually("all to be armed") { rig.told.armed.count == numbers.count }
      #expect(rig.metricsText.contains("wss_verifier_intercepted_numbers{kind=\"session\"}"))
      for index in numbers.indices { try await rig.giveBack(VerificationID(trusted: "ver_\(index)")) }
      for number in numbers {
        try await eventually("\(number) to be given back") { rig.carrier.route(of: number)["VoiceUrl"] == "" }
      }
    }
  }
}
