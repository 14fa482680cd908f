import Crypto
import JSON
import Outbound
import TestSupport

@testable import SandboxWorld

/// A world whose carrier holds a number in Meta's pool, and the voice application its calls go to.
struct CallScene {
  static let number = "+14155551100"
  static let account = "/2010-04-01/Accounts/AC00000000000000000000000000000001"
  static let token = "sandbox-system-token"

  let world: World
  let client: SandboxClient
  let listener: VoiceListener
  let poolID: String
  let phone: PhoneDigits

  /// `answers` are the listener's, by path; calls go to `/voice` unless `route` says otherwise.
  static func open(
    _ answers: [String: [VoiceListener.Answer]] = ["/voice": [.init(VoiceListener.silent)]],
    route: [String: JSONValue] = [:], settings: WorldSettings = WorldSettings()
  ) async throws -> CallScene {
    let world = try await World.start(settings)
    let client = SandboxClient(baseURL: world.baseURL)
    let listener = try await VoiceListener(answers)
    guard let phone = PhoneDigits(number) else { throw ControlFailure("not a number") }
    let added = try await client.call(
      "POST", "/v26.0/100000000000009/add_phone_numbers?phone_number=\(phone.digits)", token: token)
    let scene = CallScene(
      world: world, client: client, listener: listener, poolID: added.body["id"]?.string ?? "", phone: phone)
    var fields: JSONObject = [
      "phone_number": .string(number), "owned": true, "voice_url": .string(listener.url + "/voice"),
    ]
    for (name, value) in route { fields[name] = value }
    _ = try await client.call("PUT", "/control/carrier/numbers", .object(fields))
    try await scene.habits(["call_delay_ms": 0, "callback_retry_ms": 5, "recording_delay_ms": 0])
    return scene
  }

  func end() async {
    await world.stop()
    await listener.stop()
  }

  func habits(_ habits: JSONValue) async throws {
    let answer = try await client.call("PUT", "/control/carrier/calls", habits)
    if answer.status != 200 { throw ControlFailure("\(answer.body)") }
  }

  /// Meta is asked to call; the code it will tell.
  @discardableResult
  func requestCode(_ method: String = "VOICE") async throws -> String {
    let answer = try await client.call(
      "POST", "/v26.0/\(poolID)/request_code?code_method=\(method)&language=en_US", token: Self.token)
    guard answer.status == 200 else { throw ControlFailure("request_code answered \(answer.status) \(answer.body)") }
    let phone = world.phones[phone]
    return String((method == "SMS" ? phone.sms : phone.calls).last?.text.filter(\.isNumber).prefix(6) ?? "")
  }

  func script(_ script: JSONValue) async throws -> SandboxClient.Answer {
    try await client.call("POST", "/control/carrier/script", script)
  }

  /// Somebody calls now; the call once it is over.
  func call(_ script: JSONObject) async throws -> CallRecord {
    var script = script
    script["to"] = .string(Self.number)
    let answer = try await client.call("POST", "/control/carrier/calls", .object(script))
    guard let sid = answer.body["sid"]?.string else { throw ControlFailure("\(answer.body)", status: answer.status) }
    return try await over(sid)
  }

  /// The call once it is over.
  func over(_ sid: String) async throws -> CallRecord {
    try await eventually(within: .seconds(30), "the end of call \(sid)") {
      world.carrier.log[sid]?.outcome.isOver == true
    }
    guard let record = world.carrier.log[sid] else { throw ControlFailure("the call is gone") }
    return record
  }

  /// Meta's newest call once it is over.
  func metaCall() async throws -> CallRecord {
    try await eventually("a call by Meta") { world.carrier.log.calls().contains { $0.isMeta } }
    return try await over(world.carrier.log.calls().last { $0.isMeta }?.sid ?? "")
  }

  func fault(_ kind: Fault.Kind, at target: String, milliseconds: Int? = nil) throws {
    try world.faults.order(Fault(kind, at: target, parameters: .init(milliseconds: milliseconds)))
  }

  /// A request to the carrier's REST API.
  func carrier(
    _ method: String, _ path: String, _ form: String? = nil, token: String = "sandbox-carrier-token"
  ) async throws -> (status: Int, bytes: [UInt8], body: JSONValue) {
    let basic = Base64.encode(Array("AC00000000000000000000000000000001:\(token)".utf8))
    var headers = [(name: "Authorization", value: "Basic \(basic)")]
    if form != nil { headers.append((name: "Content-Type", value: "application/x-www-form-urlencoded")) }
    var request = OutboundRequest(
      method: method, url: client.baseURL + Self.account + path, headers: headers, body: Array((form ?? "").utf8))
    request.limits.responseBytes = 4 << 20
    let response = try await client.raw(request)
    return (response.status, response.body, (try? JSONValue(parsing: response.body)) ?? .null)
  }

  /// The file of a recording, once it is there.
  func recording(_ sid: String) async throws -> WAV {
    var found: WAV?
    try await eventually("recording \(sid)") {
      let answer = try await carrier("GET", "/Recordings/\(sid).wav")
      found = answer.status == 200 ? WAV(parsing: answer.bytes) : nil
      return found != nil
    }
    guard let found else { throw ControlFailure("no recording \(sid)") }
    return found
  }

  /// The speech server's answer to a file.
  func transcribe(
    _ file: [UInt8], _ fields: [(String, String)] = [("model", "whisper-1")], type: String? = nil, key: String? = nil,
    base: String = "/v1"
  ) async throws -> (status: Int, text: String, body: JSONValue) {
    let boundary = "sandbox-test-boundary"
    var body: [UInt8] = []
    for (name, value) in fields {
      body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
    }
    body += Array(
      ("--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
        + "Content-Type: audio/wav\r\n\r\n").utf8)
    body += file + Array("\r\n--\(boundary)--\r\n".utf8)
    var headers = [(name: "Content-Type", value: type ?? "multipart/form-data; boundary=\(boundary)")]
    if let key { headers.append((name: "Authorization", value: "Bearer \(key)")) }
    var request = OutboundRequest(
      method: "POST", url: client.baseURL + base + "/audio/transcriptions", headers: headers, body: body)
    request.limits.responseBytes = 4 << 20
    let response = try await client.raw(request)
    return (
      response.status, String(decoding: response.body, as: UTF8.self),
      (try? JSONValue(parsing: response.body)) ?? .null
    )
  }
}
