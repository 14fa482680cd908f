import Crypto
import JSON
import Outbound
import SandboxWorld
import Telemetry
import TestSupport
import Testing

/// The sandbox's carrier and Meta's pool, as a service meets them.
@Suite struct SandboxCarrierTests {
  private static let account = "/2010-04-01/Accounts/AC00000000000000000000000000000001"
  private static let number = "+14155551100"

  private func carrier(
    _ client: SandboxClient, _ method: String, _ path: String, _ form: String? = nil,
    token: String = "sandbox-carrier-token"
  ) async throws -> SandboxClient.Answer {
    let basic = Base64.encode(Array("AC00000000000000000000000000000001:\(token)".utf8))
    var headers = [(name: "Authorization", value: "Basic \(basic)")]
    if form != nil { headers.append((name: "Content-Type", value: "application/x-www-form-urlencoded")) }
    return try await client.send(
      OutboundRequest(
        method: method, url: client.baseURL + Self.account + path, headers: headers, body: Array((form ?? "").utf8)))
  }

  @Test func `a number is offered, sold once, routed, called and taken back`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let offers = try await carrier(client, "GET", "/AvailablePhoneNumbers/US/Local.json?Contains=555110*&PageSize=3")
    #expect(offers.body["available_phone_numbers"]?.array?.count == 3)
    #expect(offers.body["available_phone_numbers"]?[0]?["phone_number"]?.string == Self.number)
    let form = "PhoneNumber=%2B14155551100&FriendlyName=num_1"
    let bought = try await carrier(client, "POST", "/IncomingPhoneNumbers.json", form)
    let sid = bought.body["sid"]?.string ?? ""
    #expect(bought.status == 201 && sid.hasPrefix("PN") && bought.body["friendly_name"] == "num_1")
    #expect(bought.body["voice_application_sid"] == .null && bought.body["voice_url"] == "")
    let twice = try await carrier(client, "POST", "/IncomingPhoneNumbers.json", form)
    #expect(twice.status == 400 && twice.body["code"] == 21422)

    let routed = try await carrier(
      client, "POST", "/IncomingPhoneNumbers/\(sid).json", "VoiceUrl=https%3A%2F%2Fa.example%2Fv&TrunkSid=TK1")
    #expect(routed.body["voice_url"] == "https://a.example/v" && routed.body["trunk_sid"] == "TK1")
    let found = try await carrier(client, "GET", "/IncomingPhoneNumbers.json?PhoneNumber=%2B14155551100")
    #expect(found.body["incoming_phone_numbers"]?[0]?["voice_url"] == "https://a.example/v")

    let calls = "/Calls.json?To=%2B14155551100&Status=in-progress&PageSize=1"
    #expect(try await carrier(client, "GET", calls).body["calls"] == [])
    _ = try await client.call(
      "PUT", "/control/carrier/numbers", ["phone_number": .string(Self.number), "in_call": true])
    #expect(try await carrier(client, "GET", calls).body["calls"]?.array?.count == 1)

    #expect(try await carrier(client, "DELETE", "/IncomingPhoneNumbers/\(sid).json").status == 204)
    #expect(try await carrier(client, "GET", "/IncomingPhoneNumbers/\(sid).json").body["code"] == 20404)
    #expect(world.carrier.totals == (1, 1))
    await world.stop()
  }

  @Test func `refusals and faults have the carrier's shape`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let stranger = try await carrier(client, "GET", "/IncomingPhoneNumbers.json", token: "wrong")
    #expect(stranger.status == 401 && stranger.body["code"] == 20003)
    let address = try await carrier(client, "POST", "/IncomingPhoneNumbers.json", "PhoneNumber=%2B493055500100")
    #expect(address.status == 400 && address.body["code"] == 21631)
    #expect(try await carrier(client, "GET", "/Nothing.json").body["code"] == 20404)
    let fault: JSONValue = [
      "target": "carrier.lookup", "kind": "status", "parameters": ["status": 429, "retry_after": 3],
    ]
    #expect(try await client.call("POST", "/control/faults", fault).status == 200)
    let busy = try await carrier(client, "GET", "/IncomingPhoneNumbers.json")
    #expect(busy.status == 429 && busy.body["code"] == 20429 && busy.headers["Retry-After"] == "3")
    try world.faults.order(Fault(.errorCode, at: "carrier.buy", parameters: .init(code: 21422)))
    let taken = try await carrier(client, "POST", "/IncomingPhoneNumbers.json", "PhoneNumber=%2B14155551101")
    #expect(taken.status == 400 && taken.body["code"] == 21422)
    #expect(world.carrier.totals.bought == 0)
    await world.stop()
  }

  @Test func `a list has pages and holds what was put there by hand`() async throws {
    let (world, client) = try await SandboxScene.alone()
    for index in 0..<5 {
      let answer = try await client.call(
        "PUT", "/control/carrier/numbers", ["phone_number": .string("+1415555300\(index)"), "owned": true])
      #expect(answer.status == 200)
    }
    var seen: [String] = []
    var path: String? = "/IncomingPhoneNumbers.json?PageSize=2"
    while let next = path, seen.count < 10 {
      let page = try await carrier(client, "GET", next)
      seen += page.body["incoming_phone_numbers"]?.array?.compactMap { $0["phone_number"]?.string } ?? []
      path = page.body["next_page_uri"]?.string.map { String($0.dropFirst(Self.account.count)) }
    }
    #expect(Set(seen).count == 5 && seen.count == 5)
    await world.stop()
  }

  // MARK: The pool

  private static let partner = "/v26.0/100000000000009"
  private static let token = "sandbox-system-token"

  @Test func `a number of the pool is verified for ninety days and claimed by a signup`() async throws {
    let clock = TestClock()
    let (world, client) = try await SandboxScene.alone(clock.clock)
    func status() async throws -> String? {
      let list = try await client.call(
        "GET", Self.partner + "/preverified_numbers?fields=id,code_verification_status", token: Self.token)
      return list.body["data"]?[0]?["code_verification_status"]?.string
    }
    let added = try await client.call(
      "POST", Self.partner + "/add_phone_numbers?phone_number=14155551100", token: Self.token)
    let id = added.body["id"]?.string ?? ""
    let twice = try await client.call(
      "POST", Self.partner + "/add_phone_numbers?phone_number=14155551100", token: Self.token)
    #expect(twice.errorCode == 100)
    #expect(try await status() == "NOT_VERIFIED")
    let stranger = try await client.call("GET", Self.partner + "/preverified_numbers", token: "wrong")
    #expect(stranger.errorCode == 190)

    let phone = try #require(PhoneDigits(Self.number))
    func verify() async throws -> Int {
      let asked = try await client.call(
        "POST", "/v26.0/\(id)/request_code?code_method=SMS&language=en_US", token: Self.token)
      guard asked.status == 200 else { return asked.status }
      let code = world.phones[phone].sms.last?.text.filter(\.isNumber) ?? ""
      return try await client.call("POST", "/v26.0/\(id)/verify_code?code=\(code)", token: Self.token).status
    }
    #expect(try await verify() == 200)
    #expect(try await status() == "VERIFIED")
    // Too early to renew; 45 days before the end it may be; after the end it must be.
    #expect(try await verify() == 400)
    clock.advance(by: .seconds(45 * 86_400))
    #expect(try await verify() == 200)
    clock.advance(by: .seconds(90 * 86_400))
    #expect(try await status() == "EXPIRED")
    let verified = try await client.call(
      "GET", Self.partner + "/preverified_numbers?code_verification_status=VERIFIED", token: Self.token)
    #expect(verified.body["data"] == [])
    #expect(try await verify() == 200)

    let signup = try world.signUp(phone: phone, name: "Shop", isVerified: false)
    #expect(world.number(signup.phoneNumberID ?? "")?.isVerified == true)
    #expect(world.poolEntries.isEmpty)
    #expect(try await client.call("DELETE", "/v26.0/\(id)", token: Self.token).errorCode == 100)
    await world.stop()
  }

  @Test func `an entry is moved, dropped after ninety days, and deleted`() async throws {
    let clock = TestClock()
    let (world, client) = try await SandboxScene.alone(clock.clock)
    for number in ["14155551100", "14155551101"] {
      _ = try await client.call(
        "POST", Self.partner + "/add_phone_numbers?phone_number=\(number)", token: Self.token)
    }
    let moved = try await client.call("PUT", "/control/pool/+14155551100", ["expires_in_days": 100])
    #expect(moved.status == 200)
    clock.advance(by: .seconds(91 * 86_400))
    let entries = try await client.call("GET", "/control/pool").body["entries"]?.array ?? []
    #expect(entries.compactMap { $0["phone_number"]?.string } == ["+14155551100"])
    let id = entries.first?["id"]?.string ?? ""
    #expect(try await client.call("GET", "/v26.0/\(id)/partners", token: Self.token).body["data"] == [])
    #expect(try await client.call("DELETE", "/v26.0/\(id)", token: Self.token).body["success"] == true)
    #expect(world.poolEntries.isEmpty)
    #expect(try await client.call("PUT", "/control/pool/+14155551100", ["expires_in_days": 1]).status == 404)
    await world.stop()
  }
}
