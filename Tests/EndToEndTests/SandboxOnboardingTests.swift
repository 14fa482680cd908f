import JSON
import SandboxWorld
import TestSupport
import Testing

/// From a signup's code to a registered number, as Meta does it.
@Suite(.timeLimit(.minutes(1))) struct SandboxOnboardingTests {
  @Test func `a signup code is spent once and lives thirty seconds`() async throws {
    let clock = TestClock()
    let (world, client) = try await SandboxScene.alone(clock.clock)
    let signup = try world.signUp(phone: PhoneDigits("+15550001111"), name: "Shop")
    let wrong = try await client.exchange(signup.code, secret: "wrong")
    #expect(wrong.errorCode == 1)
    let first = try await client.exchange(signup.code)
    #expect(first.status == 200 && first.body["token_type"] == "bearer")
    let second = try await client.exchange(signup.code)
    #expect(second.status == 400 && second.errorCode == 100)
    let late = try world.repeatSignup(wabaID: signup.wabaID)
    clock.advance(by: .seconds(30))
    let expired = try await client.exchange(late)
    #expect(expired.body["error"]?["error_subcode"] == 36007)
    await world.stop()
  }

  @Test func `a token opens only the account it was made for`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let one = try world.signUp(phone: PhoneDigits("+15550001111"), name: "One")
    let other = try world.signUp(phone: PhoneDigits("+15550002222"), name: "Other")
    let token = try await client.exchange(one.code).body["access_token"]?.string
    let foreign = try await client.call("GET", "/v26.0/\(other.wabaID)/phone_numbers", token: token)
    #expect(foreign.body["error"]?["error_subcode"] == 33)
    let nobody = try await client.call("GET", "/v26.0/\(one.wabaID)/phone_numbers", token: "EAAwrong")
    #expect(nobody.status == 401 && nobody.errorCode == 190)
    let about = try await client.call(
      "GET", "/debug_token?input_token=\(token ?? "")&access_token=100000000000001%7Csandbox-app-secret")
    #expect(about.body["data"]?["granular_scopes"]?[0]?["target_ids"] == [.string(one.wabaID)])
    #expect(world.expireTokens(wabaID: one.wabaID) == 1)
    let ended = try await client.call("GET", "/v26.0/\(one.wabaID)/phone_numbers", token: token)
    #expect(ended.errorCode == 190 && ended.body["error"]?["error_subcode"] == 463)
    await world.stop()
  }

  @Test func `a number added by API is verified by the code its owner gets and then registers`() async throws {
    let (world, client) = try await SandboxScene.alone()
    let signup = try world.signUp(phone: nil, name: "Shop")
    let token = try await client.exchange(signup.code).body["access_token"]?.string
    let added = try await client.call(
      "POST", "/v26.0/\(signup.wabaID)/phone_numbers",
      ["cc": "1", "phone_number": "5550003333", "verified_name": "Shop"], token: token)
    let id = added.body["id"]?.string ?? ""
    let register: JSONValue = ["messaging_product": "whatsapp", "pin": "123456"]
    let early = try await client.call("POST", "/v26.0/\(id)/register", register, token: token)
    #expect(early.errorCode == 133006)
    _ = try await client.call(
      "POST", "/v26.0/\(id)/request_code?code_method=SMS&language=en_US", token: token)
    let sms = try await client.call("GET", "/control/phones/+15550003333/sms")
    let text = try #require(sms.body["messages"]?[0]?["text"]?.string)
    #expect(text.hasPrefix("WhatsApp code ") && text.dropFirst(14).dropFirst(3).first == "-")
    let code = text.filter(\.isNumber)
    let wrong = try await client.call(
      "POST", "/v26.0/\(id)/verify_code", ["code": code == "111111" ? "222222" : "111111"], token: token)
    #expect(wrong.errorCode == 136025)
    let right = try await client.call("POST", "/v26.0/\(id)/verify_code", ["code": .string(code)], token: token)
    #expect(right.body == ["success": true])
    let again = try await client.call(
      "POST", "/v26.0/\(id)/request_code", ["code_method": "VOICE", "language": "en_US"], token: token)
    #expect(again.errorCode == 136024)
    #expect(try await client.call("POST", "/v26.0/\(id)/register", register, token: token).status == 200)
    let state = try await client.call("GET", "/\(id)?fields=status,code_verification_status", token: token)
    #expect(state.body == ["status": "CONNECTED", "code_verification_status": "VERIFIED", "id": .string(id)])
    await world.stop()
  }

  @Test func `the eleventh registration within 72 hours is refused and a wrong PIN is told`() async throws {
    let scene = try await SandboxScene.open()
    let path = "/v26.0/\(scene.numberID)/register"
    func register(_ pin: String) async throws -> SandboxClient.Answer {
      try await scene.client.call(
        "POST", path, ["messaging_product": "whatsapp", "pin": .string(pin)], token: scene.token)
    }
    #expect(try await register("654321").errorCode == 133005)
    for _ in 3...10 { #expect(try await register("123456").status == 200) }
    #expect(try await register("123456").errorCode == 133016)
    await scene.end()
  }

  @Test func `an own callback must return the challenge for the right token`() async throws {
    let scene = try await SandboxScene.open()
    let path = "/v26.0/\(scene.accountID)/subscribed_apps"
    func subscribe(_ token: String) async throws -> Int {
      try await scene.client.call(
        "POST", path, ["override_callback_uri": .string(scene.receiver.url), "verify_token": .string(token)],
        token: scene.token
      ).status
    }
    #expect(try await subscribe("wrong") == 400)
    #expect(try await subscribe("right token") == 200)
    await scene.end()
  }
}
