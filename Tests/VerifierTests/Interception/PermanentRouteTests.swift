import CarrierAPI
import Contracts
import Store
import TestSupport
import Testing

@testable import Verifier

/// Numbers whose calls always come here.
@Suite struct PermanentRouteTests {
  private typealias Rig = InterceptionRig

  private func end(_ rig: Rig) async throws {
    try await rig.database.write { [now = rig.clock.now] connection in
      try connection.endPermanentInterception(phoneNumber: Rig.number, now: now)
    }
    try rig.interceptor.wake()
  }

  @Test func `calls come here with the normal URL behind, until that is no longer wanted`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      let armed = try await rig.reachPermanent(.armed)
      #expect(rig.isOurs && armed.deadlineAt == nil)
      #expect(rig.metricsText.contains("wss_verifier_interception_steps_total{state=\"armed\"} 1"))
      // No session: a call that comes here is somebody's, and is sent on.
      let now = rig.clock.now
      #expect(try await rig.database.read { try $0.armedInterception(phoneNumber: Rig.number, now: now) } == nil)
      let known = try await rig.database.read { try $0.normalRoute(phoneNumber: Rig.number, rig.keyring) }
      #expect(known?.url == Rig.normal)
      // It has no end of its own.
      rig.clock.advance(by: .seconds(86_400))
      try rig.interceptor.wake()
      #expect(rig.isOurs)
      try await end(rig)
      try await rig.reachPermanent(.restored)
      #expect(rig.isNormal)
    }
  }

  @Test func `a verification of such a number changes nothing at the carrier`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      try await rig.order()
      let session = try await rig.reach(.armed)
      #expect(try session.original?.open(rig.keyring).url == Rig.normal)
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 1)
      #expect(rig.told.armed.map(\.0) == [Rig.verification])
      try await rig.giveBack()
      try await rig.reach(.restored)
      #expect(rig.isOurs && rig.carrier.count("POST /IncomingPhoneNumbers") == 1)
      let known = try await rig.database.read { try $0.normalRoute(phoneNumber: Rig.number, rig.keyring) }
      #expect(known?.url == Rig.normal)
    }
  }

  @Test func `a number that can no longer come here is given back, and somebody is told`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      await rig.kill()
      try await rig.begin(isPublic: false)
      try await rig.reachPermanent(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_given_back"])
      #expect(rig.told.alerts.first?.message.contains("PUBLIC_URL") == true)
    }
  }

  @Test func `a verification finds out that somebody took such a number away`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      rig.carrier.setRoute(of: Rig.number, ["VoiceUrl": "https://new.example/"])
      try await rig.order()
      try await rig.reach(.failed)
      #expect(rig.told.failed.map(\.1) == ["ROUTE_CHANGED"])
      // The hourly look ends the rest.
      try await rig.reachPermanent(.leftAlone, jumping: .seconds(600))
      #expect(rig.carrier.route(of: Rig.number)["VoiceUrl"] == "https://new.example/")
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_left_alone"])
    }
  }

  @Test(arguments: [["VoiceApplicationSid": "AP1"], ["TrunkSid": "TK1"], ["VoiceUrl": ""]])
  func `a number whose calls cannot be sent on is refused`(route: [String: String]) async throws {
    try await Rig.run { rig in
      rig.carrier.setRoute(of: Rig.number, route)
      try await rig.orderPermanent()
      let failed = try await rig.reachPermanent(.failed)
      #expect(failed.lastError?.hasPrefix(route["VoiceUrl"] == nil ? "ROUTE_NOT_A_URL" : "ROUTE_EMPTY") == true)
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 0)
    }
  }

  @Test(arguments: 1...4, CutCarrier.Moment.allCases)
  func `a stop while switching is followed by the rest`(cut: Int, moment: CutCarrier.Moment) async throws {
    let rig = try await Rig(start: false)
    let carrier = CutCarrier(rig.twilio, at: cut, moment)
    try await rig.begin(with: carrier)
    try await rig.orderPermanent()
    try await carrier.reached.wait()
    await rig.kill()
    try await rig.begin()
    try await rig.reachPermanent(.armed)
    #expect(rig.isOurs)
    try await end(rig)
    try await rig.reachPermanent(.restored, jumping: .seconds(1))
    #expect(rig.isNormal)
    await rig.stop()
  }

  @Test func `a stop during a verification leaves both as they were`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      try await rig.order()
      try await rig.reach(.armed)
      await rig.kill()
      rig.clock.advance(by: .seconds(301))
      try await rig.begin()
      try await rig.reach(.restored)
      #expect(rig.isOurs)
      #expect(try await rig.reachPermanent(.armed).isWanted)
    }
  }

  @Test func `sessions go before the looks at permanent numbers`() async throws {
    try await Rig.run { rig in
      let now = rig.clock.now
      let due = try await rig.database.write { connection in
        for index in 0..<3 {
          try connection.orderPermanentInterception(
            sender: Rig.sender, account: Rig.account, phoneNumber: "+1415555100\(index)", now: now - 1_000)
        }
        try connection.orderInterception(
          of: Rig.verification, sender: Rig.sender, account: Rig.account, phoneNumber: Rig.number, deadline: now + 1,
          now: now)
        return try connection.dueInterceptions(now: now, limit: 2).map(\.kind)
      }
      #expect(due == [.session, .permanent])
    }
  }
}
