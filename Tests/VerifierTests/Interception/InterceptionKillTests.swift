import CarrierAPI
import Contracts
import Store
import TestSupport
import Testing
import Wire

@testable import Verifier

/// The process ends between any two requests to the carrier, before a request's effect and after it.
@Suite struct InterceptionKillTests {
  private typealias Rig = InterceptionRig

  /// What happens to the session while nobody lives.
  enum Meanwhile: Sendable, CaseIterable { case goesOn, isOver }

  /// Requests of a whole interception: found, looked at, switched, read; looked at, restored, read.
  static let arming = 1...4
  static let restoring = 5...7

  @Test(arguments: arming, CutCarrier.Moment.allCases)
  func `a stop while arming leaves nothing switched for good`(cut: Int, moment: CutCarrier.Moment) async throws {
    for meanwhile in Meanwhile.allCases {
      let rig = try await Rig(start: false)
      let carrier = CutCarrier(rig.twilio, at: cut, moment)
      try await rig.begin(with: carrier)
      try await rig.order()
      try await carrier.reached.wait()
      await rig.kill()
      if meanwhile == .isOver { rig.clock.advance(by: .seconds(301)) }
      try await rig.begin()
      switch meanwhile {
      case .goesOn:
        try await rig.reach(.armed)
        #expect(rig.isOurs && rig.told.armed.map(\.0) == [Rig.verification])
        try await rig.giveBack()
        try await rig.reach(.restored, jumping: .seconds(1))
      case .isOver:
        let ended = try await rig.reach(cut == 1 ? .failed : .restored, jumping: .seconds(1))
        #expect(ended.armedAt == nil)
        #expect(rig.told.failed.map(\.1) == ["INTERCEPTION_TIME_OVER"] && rig.told.armed.isEmpty)
      }
      #expect(rig.isNormal)
      await rig.stop()
    }
  }

  @Test(arguments: restoring, CutCarrier.Moment.allCases)
  func `a stop while giving back is followed by the rest of it`(cut: Int, moment: CutCarrier.Moment) async throws {
    let rig = try await Rig(start: false)
    let carrier = CutCarrier(rig.twilio, at: cut, moment)
    try await rig.begin(with: carrier)
    try await rig.order()
    try await rig.reach(.armed)
    try await rig.giveBack()
    try await carrier.reached.wait()
    await rig.kill()
    try await rig.begin()
    // The start waits for that.
    #expect(rig.isNormal)
    try await rig.reach(.restored, jumping: .seconds(1))
    #expect(rig.isNormal && rig.told.alerts.isEmpty)
    await rig.stop()
  }

  @Test func `a live session is confirmed at the start`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      await rig.kill()
      let looks = rig.carrier.count("GET /IncomingPhoneNumbers")
      try await rig.begin()
      #expect(rig.carrier.count("GET /IncomingPhoneNumbers") == looks + 1)
      #expect(rig.carrier.count("POST /IncomingPhoneNumbers") == 1)
      #expect(try await rig.row()?.state == .armed)
      // Told once: the session knows.
      #expect(rig.told.armed.count == 1)
    }
  }

  @Test func `a live session whose route fell back is switched again`() async throws {
    try await Rig.run { rig in
      let before = rig.carrier.route(of: Rig.number)
      try await rig.order()
      try await rig.reach(.armed)
      await rig.kill()
      rig.carrier.setRoute(of: Rig.number, before.merging(["VoiceFallbackMethod": "POST"]) { one, _ in one })
      try await rig.begin()
      #expect(rig.isOurs)
    }
  }

  @Test func `a session that ended while nobody lived is given back before the start is over`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      await rig.kill()
      rig.clock.advance(by: .seconds(300))
      try await rig.begin()
      #expect(rig.isNormal)
      // It may have been confirmed when the process ended, and a change may still come: the row waits for that.
      try await rig.reach(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  @Test func `a start does not wait for a carrier that hangs, and says what is still switched`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      try await rig.giveBack()
      await rig.kill()
      // Whatever the last life still did, the route is ours again, and the carrier does not answer.
      rig.carrier.setRoute(of: Rig.number, ["VoiceUrl": Rig.voiceURL])
      let latch = Latch()
      rig.carrier.order("GET /IncomingPhoneNumbers", .held(latch))
      let begun = ContinuousClock.now
      try await rig.begin(finishing: .milliseconds(200))
      #expect(ContinuousClock.now - begun < .seconds(5))
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_not_restored"])
      latch.open()
      try await rig.reach(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  /// Any mixture of stops, faults, ends and time: in the end the number's calls go their normal way.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `no mixture of stops and faults leaves a number switched`(seed: UInt64) async throws {
    var luck = Luck(state: seed)
    let rig = try await Rig(start: false)
    let id = { (index: Int) in VerificationID(trusted: "ver_\(index)") }
    for index in 0..<4 {
      let carrier = CutCarrier(rig.twilio, at: luck.number(1...7), luck.number(0...1) == 0 ? .before : .after)
      try await rig.begin(with: carrier, finishing: .milliseconds(100))
      for _ in 0..<luck.number(0...2) {
        let answers: [ScriptedCarrier.Answer] = [
          .lost, .garbage, .ignored, .error(20_500, status: 500), .error(20_429, status: 429),
        ]
        let name = luck.number(0...2) == 0 ? "GET /IncomingPhoneNumbers" : "POST /IncomingPhoneNumbers"
        rig.carrier.order(name, answers[luck.number(0...4)])
      }
      do { try await rig.order(id(index)) } catch {
        // An earlier one has not ended yet: that is what this is about.
        #expect((error as? CallFailure)?.reason == "NUMBER_STILL_INTERCEPTED")
      }
      if luck.number(0...1) == 0 {
        // Until it is armed, or stuck.
        for _ in 0..<20 {
          if try await rig.row(id(index))?.state == .armed || carrier.reached.isOpen { break }
          try await Task.sleep(for: .milliseconds(5))
        }
      }
      for earlier in 0...index where luck.number(0...1) == 0 { try await rig.giveBack(id(earlier)) }
      if luck.number(0...2) == 0 { rig.clock.advance(by: .seconds(Int64(luck.number(1...400)))) }
      await rig.kill()
    }
    try await rig.begin()
    for index in 0..<4 { try await rig.giveBack(id(index)) }
    try await eventually(within: .seconds(20), "everything to have ended, seed \(seed)") {
      rig.clock.advance(by: .milliseconds(500))
      try rig.interceptor.wake()
      return try await rig.database.read { try $0.interceptedCount(.session) } == 0
    }
    #expect(rig.isNormal, "seed \(seed): \(rig.carrier.route(of: Rig.number))")
    await rig.stop()
  }
}

/// Numbers that a seed repeats (a linear congruential generator, Knuth's constants).
private struct Luck {
  var state: UInt64

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int((state >> 33) % UInt64(range.count))
  }
}
