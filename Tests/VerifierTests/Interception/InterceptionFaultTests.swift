import CarrierAPI
import Contracts
import Store
import TestSupport
import Testing

@testable import Verifier

/// A carrier that refuses, forgets, lies or is late, and people who change routes meanwhile.
@Suite struct InterceptionFaultTests {
  private typealias Rig = InterceptionRig
  private static let update = "POST /IncomingPhoneNumbers"
  private static let look = "GET /IncomingPhoneNumbers"

  // MARK: Arming

  @Test func `an answer that was lost is settled by reading, not by asking again`() async throws {
    try await Rig.run { rig in
      rig.carrier.order(Self.update, .lost)
      try await rig.order()
      try await rig.reach(.armed)
      #expect(rig.isOurs && rig.carrier.count(Self.update) == 1)
      try await rig.giveBack()
      try await rig.reach(.restored)
    }
  }

  @Test func `a change that the carrier only pretends is tried again`() async throws {
    try await Rig.run { rig in
      rig.carrier.order(Self.update, .ignored)
      try await rig.order()
      try await rig.reach(.armed, jumping: .milliseconds(100))
      #expect(rig.isOurs && rig.carrier.count(Self.update) == 2)
    }
  }

  @Test func `arming is given up after three failures`() async throws {
    try await Rig.run { rig in
      rig.carrier.order(Self.update, .ignored, .error(20_500, status: 500), .garbage)
      try await rig.order()
      let ended = try await rig.reach(.restored, jumping: .milliseconds(200))
      #expect(rig.isNormal && rig.told.armed.isEmpty)
      #expect(rig.told.failed.map(\.1) == ["ROUTE_NOT_SWITCHED"])
      #expect(rig.carrier.count(Self.update) == 3 && ended.armedAt == nil)
    }
  }

  @Test func `arming is given up after twenty seconds`() async throws {
    try await Rig.run { rig in
      rig.carrier.order(Self.look, .error(20_429, status: 429))
      try await rig.order()
      try await eventually("a failure") { try await rig.row()?.attempts == 1 }
      rig.clock.advance(by: .seconds(20))
      rig.carrier.order(Self.look, .error(20_429, status: 429))
      try await rig.reach(.failed)
      #expect(rig.told.failed.map(\.1) == ["ROUTE_NOT_SWITCHED"] && rig.carrier.count(Self.update) == 0)
    }
  }

  @Test func `a carrier that wants to be left in peace is, for a minute at most`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      for (wait, pause) in [(25, 25_000), (3_600, 60_000)] {
        let row = try await rig.row()
        rig.carrier.order(Self.look, .error(20_429, status: 429, retryAfter: wait))
        let failures = row?.attempts ?? 0
        if failures == 0 {
          try await rig.giveBack()
        } else {
          rig.clock.advance(by: .milliseconds((row?.dueAt ?? 0) - rig.clock.now))
          try rig.interceptor.wake()
        }
        try await eventually("a failure") { try await rig.row()?.attempts == failures + 1 }
        #expect(try await rig.row()?.dueAt == rig.clock.now + Int64(pause))
      }
      rig.clock.advance(by: .seconds(60))
      try await rig.reach(.restored)
    }
  }

  @Test func `a change that comes late is found and undone`() async throws {
    try await Rig.run { rig in
      let latch = Latch()
      rig.carrier.order(Self.update, .late(latch), .error(20_500, status: 500), .error(20_500, status: 500))
      try await rig.order()
      try await eventually("arming to be given up") {
        rig.clock.advance(by: .milliseconds(300))
        try rig.interceptor.wake()
        return !rig.told.failed.isEmpty
      }
      // The carrier shows the normal route, but the first change may still come: so it is not the end.
      let waiting = try #require(try await rig.row())
      #expect(waiting.state == .restoring && rig.isNormal)
      latch.open()
      try await eventually("the late change") { rig.isOurs }
      try await rig.reach(.restored, jumping: .seconds(1))
      #expect(rig.isNormal)
    }
  }

  // MARK: Giving back

  @Test func `giving back is tried for ever, and from the third failure on somebody is told`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      for _ in 0..<4 { rig.carrier.order(Self.update, .error(20_500, status: 500), .garbage, .ignored) }
      try await rig.giveBack()
      try await eventually("an alert") {
        rig.clock.advance(by: .milliseconds(500))
        try rig.interceptor.wake()
        return !rig.told.alerts.isEmpty
      }
      let alert = try #require(rig.told.alerts.first)
      #expect(alert.kind == "verification.route_not_restored" && alert.severity == .critical)
      #expect(alert.senderID == Rig.sender && alert.accountID == Rig.account)
      #expect(alert.message.contains("…0125") && !alert.message.contains(Rig.number))
      #expect(await (try rig.interceptor.problem()) == "1 number is still switched: …0125")
      #expect(rig.isOurs)
      try await rig.reach(.restored, jumping: .seconds(10))
      #expect(rig.isNormal)
      #expect(await (try rig.interceptor.problem()) == nil)
      // Said once, and once that it is well again.
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_not_restored", "verification.route_restored"])
      #expect(rig.metricsText.contains("wss_verifier_route_restore_failures_total 12"))
    }
  }

  @Test func `the pauses between tries grow to half a minute and no more`() {
    let times = InterceptionTimes()
    #expect((1...8).map { times.pause(after: $0) } == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    #expect(times.pause(after: .max) == 30_000 && times.pause(after: 0) == 1_000)
  }

  @Test func `a route that somebody else changed is left alone`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      rig.carrier.setRoute(of: Rig.number, ["VoiceUrl": "https://new.example/calls", "VoiceFallbackUrl": ""])
      try await rig.giveBack()
      try await rig.reach(.leftAlone)
      #expect(rig.carrier.route(of: Rig.number)["VoiceUrl"] == "https://new.example/calls")
      #expect(rig.carrier.count(Self.update) == 1)
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_left_alone"])
      #expect(rig.told.alerts.first?.severity == .warning)
    }
  }

  @Test func `a route that somebody else gave back is where it should be`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      let armed = try await rig.reach(.armed)
      let original = try #require(try armed.original?.open(rig.keyring))
      rig.carrier.setRoute(
        of: Rig.number,
        [
          "VoiceUrl": original.url, "VoiceMethod": original.method, "VoiceFallbackUrl": original.fallbackURL,
          "VoiceFallbackMethod": original.fallbackMethod,
        ])
      try await rig.giveBack()
      try await rig.reach(.restored)
      #expect(rig.carrier.count(Self.update) == 1 && rig.told.alerts.isEmpty)
    }
  }

  @Test func `a number that was given up at the carrier is not said to be back`() async throws {
    try await Rig.run { rig in
      try await rig.order()
      try await rig.reach(.armed)
      for _ in 0..<3 { rig.carrier.order(Self.update, .error(20_500, status: 500)) }
      try await rig.giveBack()
      try await eventually("an alert") {
        rig.clock.advance(by: .milliseconds(500))
        try rig.interceptor.wake()
        return rig.told.alerts.map(\.kind) == ["verification.route_not_restored"]
      }
      rig.carrier.drop(Rig.number)
      let ended = try await rig.reach(.leftAlone, jumping: .seconds(1))
      #expect(ended.note?.contains("no longer") == true)
      // Nobody knows where its calls go: that they go their normal way again is not said.
      #expect(rig.told.alerts.map(\.kind).dropFirst() == ["verification.route_number_gone"])
      #expect(rig.told.alerts.last?.severity == .warning)
      #expect(await (try rig.interceptor.problem()) == nil)
    }
  }

  @Test func `a permanent number that was given up at the carrier is told of once`() async throws {
    try await Rig.run { rig in
      try await rig.orderPermanent()
      try await rig.reachPermanent(.armed)
      rig.carrier.drop(Rig.number)
      try await rig.reachPermanent(.leftAlone, jumping: .seconds(600))
      #expect(rig.told.alerts.map(\.kind) == ["verification.route_number_gone"])
    }
  }

  @Test func `a change that went half-way is given back`() async throws {
    try await Rig.run { rig in
      rig.carrier.setRoute(of: Rig.number, ["VoiceApplicationSid": "AP1"])
      try await rig.order()
      try await rig.reach(.armed)
      // As if the carrier had taken the application's id back and nothing else.
      rig.carrier.setRoute(of: Rig.number, ["VoiceApplicationSid": "AP1"])
      try await rig.giveBack()
      try await rig.reach(.restored)
      #expect(rig.carrier.route(of: Rig.number)["VoiceUrl"] == Rig.normal)
      #expect(rig.carrier.route(of: Rig.number)["VoiceApplicationSid"] == "AP1")
    }
  }

  @Test(
    arguments: [
      ("https://u:p@a/b?c@d", "https://…@a/b?c@d"), ("no url", "no url"), ("http://a/@b", "http://a/@b"),
      ("://@", "://…@"),
      ("bad \"https://u@h\" and http://x:y@z", "bad \"https://…@h\" and http://…@z"), ("", ""), ("://", "://"),
    ])
  func `passwords in URLs are not repeated`(text: String, blanked: String) {
    #expect(URLBlanking.blank(text) == blanked)
  }

  // MARK: Readings

  @Test func `a route is told by all its fields`() {
    let original = VoiceRoute(url: "https://a", method: "GET", fallbackURL: "https://f", applicationSID: "")
    let ours = original.intercepted(by: "https://v/carrier/voice")
    #expect(ours.fallbackURL == "https://a" && ours.fallbackMethod == "GET")
    func reading(_ change: (inout VoiceRoute) -> Void) -> RouteReading {
      var route = ours
      change(&route)
      return RouteReading.of(route, original: original, ours: ours, earlierURLs: ["https://old/carrier/voice"])
    }
    #expect(reading { _ in } == .ours)
    #expect(reading { $0.method = "post" } == .ours)
    #expect(reading { $0 = original } == .original)
    #expect(reading { $0.fallbackURL = "https://f" } == .mixed)
    #expect(reading { $0.url = "https://a" } == .mixed)
    // Calls come here whatever else was changed.
    #expect(reading { $0.fallbackURL = "https://else" } == .mixed)
    #expect(reading { $0.url = "https://old/carrier/voice" } == .mixed)
    #expect(reading { $0.url = "https://else" } == .foreign)
    #expect(reading { $0.applicationSID = "AP9" } == .foreign)
    #expect(reading { $0.trunkSID = "TK9" } == .foreign)
  }
}
