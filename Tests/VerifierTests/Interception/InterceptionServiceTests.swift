import CarrierAPI
import Contracts
import Crypto
import Daemon
import HTTP
import JSON
import Store
import TestSupport
import Testing
import Transport
import VerifierHarness
import Wire

@testable import Verifier

/// The running service: its voice-route calls, its readiness, its settings, its start.
@Suite struct InterceptionServiceTests {
  private static let number = "+14155550125"
  private static let normal = "https://user:word@shop.example/calls"
  private static let publicURL = "https://verifier.example"

  private static func settings(_ carrier: ScriptedCarrier) -> [String: String] {
    var settings = carrier.settings.filter { $0.key != "CARRIER_RETRY" && $0.key != "CARRIER_TRIES" }
    settings["PUBLIC_URL"] = publicURL
    return settings
  }

  private func run(
    _ change: (inout [String: String]) -> Void = { _ in },
    _ body: (VerifierHarness, ScriptedCarrier) async throws -> Void
  ) async throws {
    let carrier = try await ScriptedCarrier()
    carrier.hold(Self.number)
    carrier.setRoute(of: Self.number, ["VoiceUrl": Self.normal])
    var settings = Self.settings(carrier)
    change(&settings)
    do { try await VerifierHarness.run(settings: settings) { try await body($0, carrier) } } catch {
      await carrier.stop()
      throw error
    }
    await carrier.stop()
  }

  private func get(
    _ harness: VerifierHarness, _ sender: SenderID = VerifierHarness.platform, account: String = VerifierHarness.account
  ) async throws -> SenderVoiceRoute {
    try await harness.call(VerifierAPI.GetVoiceRoute(senderID: sender), account: account)
  }

  private func set(
    _ harness: VerifierHarness, _ mode: SenderVoiceRoute.Mode, _ sender: SenderID = VerifierHarness.platform
  ) async throws -> SenderVoiceRoute {
    try await harness.call(VerifierAPI.SetVoiceRoute(senderID: sender, mode: mode))
  }

  private func order(_ harness: VerifierHarness, for milliseconds: Int64 = 300_000) async throws {
    let now = harness.clock.now
    try await harness.database.write { connection in
      try connection.orderInterception(
        of: InterceptionRig.verification, sender: VerifierHarness.platform, account: VerifierHarness.account,
        phoneNumber: Self.number, deadline: now + milliseconds, now: now)
    }
    try harness.service.wakeWorkers()
  }

  // MARK: The calls

  @Test func `a number's way is shown, chosen and given back`() async throws {
    try await run { harness, carrier in
      let normal = try await get(harness)
      #expect(normal.mode == .switched && normal.state == .normal && normal.warnings.isEmpty)
      // Its user name and password are not for everybody who reads.
      #expect(normal.normalURL == "https://…@shop.example/calls")

      let begun = try await set(harness, .permanent)
      #expect(begun.mode == .permanent && begun.state == .switching)
      try await eventually("calls to come here") { try await get(harness).state == .permanent }
      #expect(carrier.route(of: Self.number)["VoiceUrl"] == Self.publicURL + "/carrier/voice")
      #expect(carrier.route(of: Self.number)["VoiceFallbackUrl"] == Self.normal)
      #expect(try await get(harness).normalURL == normal.normalURL)
      // Once more is the same as once.
      #expect(try await set(harness, .permanent).state == .permanent)

      let ending = try await set(harness, .switched)
      #expect(ending.mode == .switched && ending.state == .restoring)
      try await eventually("calls to go their way") { try await get(harness) == normal }
      #expect(carrier.route(of: Self.number)["VoiceUrl"] == Self.normal)
      #expect(try await set(harness, .switched).state == .normal)
    }
  }

  @Test func `a verification is shown, and keeps the way from being changed`() async throws {
    try await run { harness, _ in
      try await order(harness)
      try await eventually("calls to be intercepted") { try await get(harness).state == .intercepted }
      let shown = try await get(harness)
      #expect(shown.interceptedUntil == Timestamp(milliseconds: harness.clock.now + 300_000))
      let failure = await #expect(throws: CallFailure.self) { try await set(harness, .permanent) }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "VERIFICATION_RUNNING")
    }
  }

  @Test(
    arguments: [
      (["VoiceApplicationSid": "AP1"], "ROUTE_NOT_A_URL", "ROUTE_NOT_PROTECTED"),
      (["TrunkSid": "TK1"], "ROUTE_NOT_A_URL", "ROUTE_NOT_PROTECTED"),
      (["VoiceUrl": ""], "ROUTE_EMPTY", "ROUTE_EMPTY"),
      (["VoiceUrl": "https://verifier.example/carrier/voice"], "ROUTE_ALREADY_OURS", "ROUTE_ALREADY_OURS"),
    ] as [([String: String], String, String)])
  func `a route that cannot be sent on is said before and refused`(
    route: [String: String], refusal: String, warning: String
  ) async throws {
    try await run { harness, carrier in
      carrier.setRoute(of: Self.number, route)
      let shown = try await get(harness)
      #expect(shown.warnings.map(\.code) == [warning] && shown.normalURL == nil)
      let failure = await #expect(throws: CallFailure.self) { try await set(harness, .permanent) }
      #expect(failure?.code == .failedPrecondition && failure?.reason == refusal)
      #expect(carrier.count("POST /IncomingPhoneNumbers") == 0)
    }
  }

  @Test func `a permanent number goes back when the registry says that its sender is gone`() async throws {
    try await run { harness, carrier in
      _ = try await set(harness, .permanent)
      try await eventually("calls to come here") { try await get(harness).state == .permanent }
      harness.registry.delete(VerifierHarness.platform)
      try await eventually("calls to go their way") { carrier.route(of: Self.number)["VoiceUrl"] == Self.normal }
      #expect(await (try harness.service.readiness()).degraded["voice_routes"] == nil)
    }
  }

  @Test func `only platform numbers of this carrier and this account have a way here`() async throws {
    try await run { harness, carrier in
      func reason(_ sender: SenderID, account: String = VerifierHarness.account) async -> String? {
        await #expect(throws: CallFailure.self) { try await get(harness, sender, account: account) }?.reason
      }
      #expect(await reason(VerifierHarness.platform, account: VerifierHarness.stranger) == "SENDER_NOT_FOUND")
      #expect(await reason(VerifierHarness.sender) == "NOT_A_PLATFORM_NUMBER")
      #expect(await reason(VerifierHarness.manual) == "CARRIER_UNSUPPORTED")
      carrier.order("GET /IncomingPhoneNumbers", .garbage)
      #expect(await reason(VerifierHarness.platform) == "CARRIER_UNREACHABLE")
      carrier.drop(Self.number)
      let lost = try await get(harness)
      #expect(lost.warnings.map(\.code) == ["NUMBER_NOT_AT_CARRIER"] && lost.normalURL == nil)
      let gone = await #expect(throws: CallFailure.self) { try await set(harness, .permanent) }
      #expect(gone?.reason == "NUMBER_NOT_AT_CARRIER")
    }
  }

  @Test func `without a public address no number comes here for good`() async throws {
    try await run {
      $0["PUBLIC_URL"] = nil
    } _: { harness, _ in
      let failure = await #expect(throws: CallFailure.self) { try await set(harness, .permanent) }
      #expect(failure?.reason == "PUBLIC_URL_MISSING")
    }
  }

  @Test func `a number of another carrier is not verified`() async throws {
    try await run { harness, _ in
      try await harness.database.write { connection in
        try connection.execute(
          "UPDATE replica_senders SET provider = 'telnyx' WHERE sender_id = ?", VerifierHarness.platform.text)
      }
      let failure = await #expect(throws: CallFailure.self) {
        try await harness.call(
          VerifierAPI.StartVerification(
            senderID: VerifierHarness.platform, method: .voice, language: nil, acknowledgeInterception: true))
      }
      #expect(failure?.code == .failedPrecondition && failure?.reason == "CARRIER_UNSUPPORTED")
      #expect(failure?.message.contains("telnyx") == true && failure?.message.contains("answered_by: person") == true)
      // Somebody who gets the code elsewhere is not in the way.
      let person = try await harness.call(
        VerifierAPI.StartVerification(
          senderID: VerifierHarness.platform, method: .sms, language: nil, acknowledgeInterception: true,
          answeredBy: .person))
      #expect(person.state == .codeRequested && person.note?.contains("not known here") == true)
    }
  }

  // MARK: Start and readiness

  @Test func `a start gives back what the last life left, and says what it cannot`() async throws {
    let carrier = try await ScriptedCarrier()
    carrier.hold(Self.number)
    carrier.setRoute(of: Self.number, ["VoiceUrl": Self.normal])
    let first = try await VerifierHarness(settings: Self.settings(carrier))
    try await order(first, for: 60_000)
    try await eventually("calls to be intercepted") { try await get(first).state == .intercepted }
    await first.stop(withOutside: false)
    first.clock.advance(by: .seconds(61))
    // The carrier does not take the route back at first: the start goes on without.
    carrier.order("POST /IncomingPhoneNumbers", .error(20_500, status: 500), .error(20_500, status: 500))
    carrier.order("POST /IncomingPhoneNumbers", .error(20_500, status: 500))
    let second = try await VerifierHarness(after: first, settings: Self.settings(carrier))
    try await eventually("readiness to say so") {
      second.clock.advance(by: .milliseconds(500))
      try second.service.wakeWorkers()
      return await (try second.service.readiness()).degraded["voice_routes"] == "1 number is still switched: …0125"
    }
    #expect(await (try second.service.readiness()).isReady)
    try await eventually("the route to be back") {
      second.clock.advance(by: .seconds(2))
      try second.service.wakeWorkers()
      return carrier.route(of: Self.number)["VoiceUrl"] == Self.normal
    }
    try await eventually("readiness to be well") {
      second.clock.advance(by: .seconds(2))
      try second.service.wakeWorkers()
      return await (try second.service.readiness()).degraded["voice_routes"] == nil
    }
    await second.stop()
    await carrier.stop()
  }

  // MARK: Settings

  private func problems(_ settings: [String: String]) throws -> String {
    let files = try ServiceFiles()
    var environment = files.environment(.verifier)
    environment.merge(settings) { _, new in new }
    do throws(LaunchFailure) {
      _ = try LaunchPlan<VerifierService>(SettingsSources(environment: environment))
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: ["telnyx", "signalwire", "jambonz", "anything"])
  func `another carrier is refused at the start`(name: String) throws {
    #expect(try problems(["CARRIER": name]).contains("CARRIER_UNSUPPORTED"))
  }

  @Test func `no number may be intercepted for more than five minutes`() throws {
    #expect(try problems(["INTERCEPTION_LIMIT": "301s"]).contains("INTERCEPTION_LIMIT"))
    #expect(try problems(["INTERCEPTION_LIMIT": "59s"]).contains("INTERCEPTION_LIMIT"))
    #expect(try problems(["INTERCEPTION_LIMIT": "1m", "CARRIER": "Twilio", "PUBLIC_URL": "https://a/b/"]) == "")
    #expect(try problems(["PUBLIC_URL": "ftp://a"]).contains("PUBLIC_URL"))
  }

  // MARK: Webhooks

  private func request(
    _ method: String, _ target: String, form: String? = nil, type: String = "application/x-www-form-urlencoded",
    signature: String?
  ) throws -> HTTPRequest {
    var headers = HTTPHeaders()
    if let signature { headers.add("x-twilio-signature", signature) }
    if form != nil { headers.add("Content-Type", type) }
    return try HTTPRequest(
      method: method, target: target, headers: headers, body: Array((form ?? "").utf8),
      remote: SocketAddress(host: "127.0.0.1", port: 1))
  }

  @Test func `requests without a signature are told of once in ten seconds`() {
    let unsigned = UnsignedRequests()
    #expect(unsigned.admit(at: 50_000) == 0)
    #expect((0..<1_000).allSatisfy { unsigned.admit(at: 50_000 + $0) == nil })
    #expect(unsigned.admit(at: 59_999) == nil && unsigned.admit(at: 60_000) == 1_001)
    // A clock that is set back is no reason for silence.
    #expect(unsigned.admit(at: 1_000) == 0 && unsigned.admit(at: 1_001) == nil && unsigned.admit(at: 11_000) == 1)
  }

  @Test func `a webhook is believed by its signature over the public address alone`() async throws {
    let rig = try await InterceptionRig(start: false)
    let carrier = rig.twilio
    let token = Secret(ScriptedCarrier.authToken)
    let form = "CallSid=CA1&From=%2B1415&Name=a+b&Empty="
    let fields = [("CallSid", "CA1"), ("From", "+1415"), ("Name", "a b"), ("Empty", "")].map { (name: $0, value: $1) }
    let url = InterceptionRig.publicURL + "/carrier/voice?x=1%20"
    let signature = CarrierSignature.make(url: url, parameters: fields, token: token)
    func parameters(
      _ target: String = "/carrier/voice?x=1%20", form: String? = form, method: String = "POST",
      type: String = "application/x-www-form-urlencoded", signature: String? = signature
    ) throws -> [String]? {
      carrier.signedParameters(
        of: try request(method, target, form: form, type: type, signature: signature))?.map { "\($0.name)=\($0.value)" }
    }
    #expect(try parameters() == ["CallSid=CA1", "From=+1415", "Name=a b", "Empty=", "x=1 "])
    #expect(try parameters(type: "Application/X-WWW-Form-Urlencoded; charset=UTF-8")?.count == 5)
    #expect(try parameters(signature: nil) == nil && parameters(signature: "") == nil)
    #expect(try parameters("/carrier/voice?x=1+") == nil && parameters("/carrier/voice") == nil)
    #expect(try parameters(form: form + "&More=1") == nil && parameters(form: "CallSid=%FF") == nil)
    // A name in Latin-1 is no reason to lose Meta's call.
    let latin = "CallSid=CA1&CallerName=M%FCller"
    let bytes = Array((url + "CallSidCA1CallerNameM").utf8) + [0xFC] + Array("ller".utf8)
    let latinSignature = Base64.encode(HMACSHA1.authenticate(bytes, key: token.bytes))
    #expect(
      try parameters(form: latin, signature: latinSignature) == ["CallSid=CA1", "CallerName=M\u{FFFD}ller", "x=1 "])
    // A form that claims to be something else has no digest in its query.
    #expect(try parameters(type: "application/json") == nil)

    let get = CarrierSignature.make(
      url: InterceptionRig.publicURL + "/carrier/voice?CallSid=CA1", parameters: [], token: token)
    #expect(try parameters("/carrier/voice?CallSid=CA1", form: nil, method: "GET", signature: get) == ["CallSid=CA1"])
    #expect(try parameters("/carrier/voice?CallSid=CA2", form: nil, method: "GET", signature: get) == nil)
    let response = carrier.response(.reject(.rejected))
    #expect(response.status == 200 && response.headers["Content-Type"] == "text/xml")
    await rig.stop()
  }
}
