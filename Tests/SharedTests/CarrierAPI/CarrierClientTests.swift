import Crypto
import JSON
import Outbound
import TestSupport
import Testing

@testable import CarrierAPI

@Suite struct CarrierClientTests {
  private static let number = "+14155550123"

  private func run(_ body: (CarrierClient, ScriptedCarrier) async throws -> Void) async throws {
    let carrier = try await ScriptedCarrier()
    let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    let client = CarrierClient(
      http: http,
      settings: CarrierSettings(
        baseURL: carrier.url + "/", accountSID: ScriptedCarrier.accountSID,
        authToken: Secret(ScriptedCarrier.authToken)))
    do { try await body(client, carrier) } catch {
      http.close()
      await carrier.stop()
      throw error
    }
    http.close()
    await carrier.stop()
  }

  @Test func `a number is bought, read, routed and given back`() async throws {
    try await run { client, carrier in
      let bought = try await client.buy(Self.number, name: "num_1 & co")
      #expect(bought.phoneNumber == Self.number && bought.friendlyName == "num_1 & co" && bought.hasVoice)
      #expect(try await client.number(Self.number) == bought)
      #expect(try await client.number(sid: bought.sid) == bought)
      // The filter matches parts: another number that contains this one is not this one.
      #expect(try await client.number("+1415555012") == nil)

      var route = try bought.knownRoute()
      route.url = "https://verifier.example/voice?a=1&b=2"
      route.applicationSID = "AP1"
      let routed = try await client.setRoute(route, of: bought.sid)
      #expect(routed.route?.url == route.url && routed.route?.applicationSID == "AP1")
      #expect(try await client.setRoute(bought.knownRoute(), of: bought.sid).route == bought.route)

      try await client.release(sid: bought.sid)
      // Once more is the same as once.
      try await client.release(sid: bought.sid)
      #expect(try await client.number(sid: bought.sid) == nil)
      #expect(carrier.numbers.isEmpty)
      let basic = Base64.encode(Array("\(ScriptedCarrier.accountSID):\(ScriptedCarrier.authToken)".utf8))
      #expect(carrier.authorizations == ["Basic \(basic)"])
    }
  }

  @Test(
    arguments: [
      (#""voice_url":"https://a/b","#, "https://a/b"), (#""voice_url":null,"#, ""), (#""voice_url":"","#, ""),
      ("", nil), (#""voice_url":7,"#, nil),
    ] as [(String, String?)])
  func `a route is known only where the carrier tells the URL`(member: String, url: String?) throws {
    let json = #"{"sid":"PN1","phone_number":"+14155550123",\#(member)"voice_method":"GET"}"#
    let number = try #require(CarrierNumber(try JSONDocument(parsing: Array(json.utf8)).root))
    #expect(number.route?.url == url)
    if url == nil {
      let failure = #expect(throws: CarrierFailure.self) { try number.knownRoute() }
      guard case .unknown(let why)? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
      #expect(why.contains("voice_url"))
    }
  }

  @Test func `a list is read through all its pages`() async throws {
    try await run { client, carrier in
      for index in 0..<250 { carrier.hold("+1415555\(1_000 + index)") }
      let all = try await client.numbers()
      #expect(all.count == 250 && Set(all.map(\.phoneNumber)).count == 250)
      #expect(carrier.count("GET /IncomingPhoneNumbers") == 3)
      #expect(try await client.numbers(limit: 120).count == 120)
    }
  }

  @Test func `a live call is seen`() async throws {
    try await run { client, carrier in
      let before = try await client.hasLiveCall(to: Self.number)
      carrier.setCall(true, to: Self.number)
      let during = try await client.hasLiveCall(to: Self.number)
      #expect(!before && during)
    }
  }

  @Test func `a refusal, silence and a shut door are told apart`() async throws {
    try await run { client, carrier in
      carrier.order("POST /IncomingPhoneNumbers", .error(20_429, status: 429, retryAfter: 3), .garbage)
      let refused = await #expect(throws: CarrierFailure.self) { try await client.buy(Self.number, name: "a") }
      guard case .answered(let error)? = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
      #expect(error.code == 20_429 && error.isPassing && error.retryAfterMilliseconds == 3_000)
      let unknown = await #expect(throws: CarrierFailure.self) { try await client.buy(Self.number, name: "a") }
      guard case .unknown? = unknown else { return #expect(Bool(false), "\(String(describing: unknown))") }
      await carrier.stop()
      let away = await #expect(throws: CarrierFailure.self) { try await client.hasLiveCall(to: Self.number) }
      guard case .notSent? = away else { return #expect(Bool(false), "\(String(describing: away))") }
    }
  }

  @Test(arguments: ["AC1", "a-b-c", String(repeating: "f", count: 64)])
  func `an account's id has letters, digits and dashes`(text: String) {
    #expect(CarrierSettings.isAccountSID(text))
  }

  @Test(arguments: ["", "AC/..", "AC 1", "ÄC1", "AC1:", String(repeating: "f", count: 65)])
  func `anything else is no account's id`(text: String) { #expect(!CarrierSettings.isAccountSID(text)) }
}
