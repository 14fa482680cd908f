import CarrierAPI
import Contracts
import Store
import TestSupport
import Testing

@testable import Verifier

/// Settings and senders that change while numbers are switched, most of all between two lives.
@Suite struct InterceptionChangeTests {
  private typealias Rig = InterceptionRig
  private static let otherAccount = "AC22222222222222222222222222222222"
  private static let otherURL = "https://moved.example"
  private static let thirdURL = "https://again.example"
  private static let outOfReach = """
    1 number is still switched: …0125; one is in the carrier account …1111, which is no longer configured
    """

  // MARK: The carrier's account

  @Test(arguments: [true, false])
  func `a session's number in an account that is gone is kept, told of, and given back when that returns`(
    hasOther: Bool
  ) async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      await rig.kill()
      try await rig.begin(with: rig.twilio(account: Self.otherAccount), hasCarrier: hasOther)
      rig.clock.advance(by: .seconds(301))
      for _ in 0..<3 {
        try await eventually("a failure") {
          rig.clock.advance(by: .seconds(1))
          try rig.interceptor.wake()
          return try await rig.row()?.attempts ?? 0 > 0
        }
      }
      let row = try #require(try await rig.row())
      #expect(row.endedAt == nil && row.lastError?.contains("…1111, which is no longer configured") == true)
      #expect(await (try rig.interceptor.problem()) == Self.outOfReach)
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_not_restored"])
      #expect(rig.told.alerts.first?.message.contains("…1111") == true)
      #expect(rig.isOurs)
      await rig.kill()
      try await rig.begin()
      try await rig.reach(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
      #expect(await (try rig.interceptor.problem()) == nil)
    }
  }

  @Test(arguments: [true, false])
  func `a permanent number in an account that is gone is kept and told of until that returns`(
    hasOther: Bool
  ) async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      await rig.kill()
      try await rig.begin(with: rig.twilio(account: Self.otherAccount), hasCarrier: hasOther)
      #expect(await (try rig.interceptor.problem()) == Self.outOfReach)
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_not_restored"])
      #expect(rig.told.alerts.first?.severity == .critical)
      // Nor does switching it back end it, for nothing can be given back.
      try await rig.database.write { [now = rig.clock.now] connection in
        try connection.endPermanentInterception(phoneNumber: Rig.number, now: now)
      }
      try await eventually("three failures") {
        rig.clock.advance(by: .seconds(1))
        try rig.interceptor.wake()
        let row = try await rig.database.read { try $0.unfinishedInterception(.permanent, of: Rig.number) }
        return row?.isWanted == false && row?.attempts ?? 0 >= 3
      }
      #expect(rig.isOurs && rig.told.alerts.count == 1)
      await rig.kill()
      try await rig.begin()
      try await rig.reachPermanent(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  @Test func `a number that was moved to the account that is configured now is found there`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      await rig.kill()
      rig.carrier.move(to: Self.otherAccount)
      try await rig.begin(with: rig.twilio(account: Self.otherAccount))
      let row = try await rig.database.read { try $0.unfinishedInterception(.permanent, of: Rig.number) }
      #expect(row?.state == .armed && row?.carrierAccount == Self.otherAccount)
      #expect(await (try rig.interceptor.problem()) == nil)
      #expect(rig.told.alerts.isEmpty)
    }
  }

  // MARK: PUBLIC_URL

  @Test(arguments: [false, true])
  func `another public URL is taken at the start, and the number is given back from it`(isPermanent: Bool) async throws
  {
    try await Rig.run { rig in
      try await arm(rig, isPermanent)
      await rig.kill()
      try await rig.begin(publicURL: Self.otherURL)
      let row = try #require(try await self.row(rig, isPermanent))
      #expect(row.switchedURL == Self.otherURL + VoiceEdge.voice && row.earlierURLs == [Rig.voiceURL])
      #expect(rig.carrier.route(of: Rig.number)["VoiceUrl"] == Self.otherURL + VoiceEdge.voice)
      #expect(rig.carrier.route(of: Rig.number)["VoiceFallbackUrl"] == Rig.normal)
      try await giveBack(rig, isPermanent)
      #expect(rig.isNormal && rig.told.alerts.isEmpty)
    }
  }

  /// Looked at, switched, read: cut anywhere, then the URL changes once more, and somebody spoils the fallback.
  @Test(arguments: 1...3, [false, true])
  func `a stop while the public URL changes leaves every URL known`(cut: Int, isPermanent: Bool) async throws {
    for moment in CutCarrier.Moment.allCases {
      try await Rig.run { rig in
        try await arm(rig, isPermanent)
        await rig.kill()
        let carrier = CutCarrier(rig.twilio, at: cut, moment)
        try await rig.begin(with: carrier, finishing: .milliseconds(100), publicURL: Self.otherURL)
        try await carrier.reached.wait()
        await rig.kill()
        let url = try #require(rig.carrier.route(of: Rig.number)["VoiceUrl"])
        rig.carrier.setRoute(of: Rig.number, ["VoiceFallbackUrl": "https://else.example/"])
        if !isPermanent { rig.clock.advance(by: .seconds(301)) }
        try await rig.begin(publicURL: Self.thirdURL)
        if isPermanent {
          #expect(rig.carrier.route(of: Rig.number)["VoiceUrl"] == Self.thirdURL + VoiceEdge.voice, "from \(url)")
        }
        try await giveBack(rig, isPermanent)
        #expect(rig.isNormal && rig.told.alerts.isEmpty, "from \(url)")
      }
    }
  }

  @Test func `a route that is late and of an earlier URL is nobody's normal route`() async throws {
    try await Rig.run { rig in
      try await arm(rig, false)
      let late = rig.carrier.route(of: Rig.number)
      try await giveBack(rig, false)
      await rig.kill()
      rig.carrier.setRoute(of: Rig.number, late)
      try await rig.begin(publicURL: Self.otherURL)
      let second = VerificationID(trusted: "ver_2")
      try await rig.order(second)
      let armed = try await rig.reach(.armed, second)
      #expect(try armed.original?.open(rig.keyring).url == Rig.normal)
      try await rig.giveBack(second)
      try await rig.reach(.restored, second, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  // MARK: Confirming

  @Test func `a change under way when a process ended while confirming is waited for`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      let ours = rig.carrier.route(of: Rig.number)
      try await rig.giveBack()
      try await rig.reach(.restored)
      let normal = rig.carrier.route(of: Rig.number)
      let second = VerificationID(trusted: "ver_2")
      try await rig.order(second)
      try await rig.reach(.armed, second)
      await rig.kill()
      rig.carrier.setRoute(of: Rig.number, normal)
      // It fell back, is switched again, and the process ends while that is on its way.
      let carrier = CutCarrier(rig.twilio, at: 2, .before)
      try await rig.begin(with: carrier, finishing: .milliseconds(100))
      try await carrier.reached.wait()
      await rig.kill()
      rig.clock.advance(by: .seconds(301))
      try await rig.begin()
      #expect(rig.isNormal)
      // The carrier shows the normal route, but that is not the end yet.
      #expect(try await rig.row(second)?.state == .restoring)
      rig.carrier.setRoute(of: Rig.number, ours)
      try await rig.reach(.restored, second, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  @Test func `of two changes under way the carrier shows only one, so both are waited for`() async throws {
    try await Rig.run { rig in
      let latch = Latch()
      rig.carrier.order("POST /IncomingPhoneNumbers", .late(latch))
      try await rig.order()
      try await eventually("a failure") { try await rig.row()?.attempts == 1 }
      rig.clock.advance(by: .seconds(1))
      try await rig.reach(.armed)
      try await rig.giveBack()
      try await eventually("the look after the change") {
        guard let row = try await rig.row() else { return false }
        return row.endedAt != nil || row.state == .restoring && row.dueAt > rig.clock.now
      }
      #expect(try await rig.row()?.endedAt == nil && rig.isNormal)
      latch.open()
      try await eventually("the late change") { rig.isOurs }
      try await rig.reach(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  // MARK: What the carrier does not tell

  @Test func `a route that the carrier does not tell is not written down as an empty one`() async throws {
    try await Rig.run { rig in
      rig.carrier.hideRoutes(true)
      try await rig.order()
      try await rig.reach(.failed, jumping: .milliseconds(300))
      #expect(rig.told.failed.map(\.1) == ["ROUTE_NOT_SWITCHED"])
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 0 && rig.isNormal)
      rig.carrier.hideRoutes(false)
      let second = VerificationID(trusted: "ver_2")
      try await rig.order(second)
      try await rig.reach(.armed, second)
      // Nor is a number given back, or lost, on no word.
      rig.carrier.hideRoutes(true)
      try await rig.giveBack(second)
      try await eventually("a failure") { try await rig.row(second)?.attempts ?? 0 > 0 }
      rig.carrier.hideRoutes(false)
      try await rig.reach(.restored, second, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  // MARK: Senders

  @Test func `a permanent number whose sender was deleted is given back`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      // Nothing was copied yet: that proves nothing.
      try await rig.interceptor.sendersChanged()
      #expect(
        try await rig.database.read { try $0.unfinishedInterception(.permanent, of: Rig.number) }?.isWanted == true)
      try await copied(rig, [Rig.sender])
      try await rig.interceptor.sendersChanged()
      #expect(
        try await rig.database.read { try $0.unfinishedInterception(.permanent, of: Rig.number) }?.isWanted == true)
      try await copied(rig, [])
      try await rig.interceptor.sendersChanged()
      try await rig.reachPermanent(.restored)
      // The registry takes no events of a sender that is gone.
      #expect(rig.isNormal && rig.told.alerts.isEmpty)
    }
  }

  @Test func `the look at a permanent number finds that its sender was deleted`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      await rig.kill()
      try await rig.begin()
      #expect(rig.isOurs)
      try await copied(rig, [])
      try await rig.reachPermanent(.restored, jumping: .seconds(600))
      #expect(rig.isNormal && rig.told.alerts.isEmpty)
    }
  }

  /// The replica has these senders and no others.
  private func copied(_ rig: Rig, _ senders: [SenderID]) async throws {
    try await rig.database.write { connection in
      try connection.execute("DELETE FROM replica_senders")
      for sender in senders {
        try connection.execute(
          """
          INSERT INTO replica_senders (sender_id, account_id, phone_number, display_name, status)
          VALUES (?, ?, ?, '', 'online')
          """, sender.text, Rig.account, Rig.number)
      }
      try connection.execute("UPDATE replica_position SET epoch = 'e', counter = 1")
    }
  }

  // MARK: Both kinds

  private func arm(_ rig: Rig, _ isPermanent: Bool) async throws {
    if isPermanent {
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
    } else {
      try await rig.order()
      try await rig.reach(.armed)
    }
  }

  private func row(_ rig: Rig, _ isPermanent: Bool) async throws -> InterceptionRow? {
    isPermanent
      ? try await rig.database.read { try $0.lastInterception(.permanent, of: Rig.number) } : try await rig.row()
  }

  private func giveBack(_ rig: Rig, _ isPermanent: Bool) async throws {
    if isPermanent {
      try await rig.database.write { [now = rig.clock.now] connection in
        try connection.endPermanentInterception(phoneNumber: Rig.number, now: now)
      }
      try rig.interceptor.wake()
      try await rig.reachPermanent(.restored, jumping: .seconds(1))
    } else {
      try await rig.giveBack()
      try await rig.reach(.restored, jumping: .seconds(1))
    }
  }
}
