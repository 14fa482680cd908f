import Crypto
import JSON
import TestSupport
import Testing

@testable import SandboxWorld

/// The carrier's calls, as a voice application and a REST client meet them.
@Suite(.timeLimit(.minutes(2))) struct SandboxCallTests {
  @Test func `Meta's code is told by a call that is recorded, announced, fetched and deleted`() async throws {
    let scene = try await CallScene.open()
    try await scene.habits(["recording_delay_ms": 2_000])
    let code = try await scene.requestCode()
    let voice = try await scene.listener.next("/voice")
    let sid = voice.fields["CallSid"] ?? ""
    #expect(voice.method == "POST" && voice.isSigned)
    #expect(sid.hasPrefix("CA") && sid.utf8.count == 34 && Hex.decode(String(sid.dropFirst(2))) != nil)
    #expect(voice.fields["From"] == "+16505551234" && voice.fields["To"] == CallScene.number)
    #expect(voice.fields["CallStatus"] == "ringing" && voice.fields["Direction"] == "inbound")
    #expect(voice.fields["AccountSid"] == "AC00000000000000000000000000000001")
    #expect(voice.fields["FromCity"] == "" && voice.fields["SandboxNews"] == "a+b & ä = new")

    let action = try await scene.listener.next("/action")
    let recording = action.fields["RecordingSid"] ?? ""
    #expect(action.isSigned && recording.hasPrefix("RE") && recording.utf8.count == 34)
    #expect(action.fields["Digits"] == "hangup" && action.fields["CallStatus"] == "completed")
    #expect(action.fields["RecordingUrl"] == "\(scene.world.baseURL)\(CallScene.account)/Recordings/\(recording)")
    let callback = try await scene.listener.next("/recordings")
    #expect(callback.isSigned && callback.fields["RecordingStatus"] == "completed")
    #expect(callback.fields["RecordingSid"] == recording && callback.fields["RecordingChannels"] == "1")
    #expect(callback.fields["RecordingSource"] == "RecordVerb" && callback.fields["ErrorCode"] == nil)
    // Of the call it says no more than its id.
    #expect(callback.fields["CallSid"] == sid && callback.fields["To"] == nil)
    let duration = try #require(Int(callback.fields["RecordingDuration"] ?? ""))
    #expect((8...40).contains(duration))

    let record = try await scene.metaCall()
    #expect(record.outcome == .answered && record.answeredBy == scene.listener.url + "/voice")
    #expect(!record.hasBeep && !record.lacksAction && record.said.contains(code))
    // Not there yet, whatever the path; the description is.
    #expect(try await scene.carrier("GET", "/Recordings/\(recording).wav").status == 404)
    let about = try await scene.carrier("GET", "/Recordings/\(recording).json").body
    #expect(about["call_sid"] == .string(sid) && about["duration"] == .string(String(duration)))
    #expect(try await scene.carrier("GET", "/Recordings/\(recording).wav", token: "wrong").status == 401)
    #expect(try await scene.recording(recording).samples.count > 8 * 8_000)
    await scene.end()
  }

  @Test func `a recording is fetched with credentials, listed, and gone once deleted`() async throws {
    let scene = try await CallScene.open()
    try await scene.requestCode()
    let record = try await scene.metaCall()
    let recording = try #require(record.recordings.first)
    let file = try await scene.recording(recording.sid)
    #expect(file.rate == 8_000 && file.channels == 1)
    // Three times nine words: not a second, not a minute; and loud.
    #expect((8.0...40).contains(Double(file.samples.count) / 8_000))
    #expect(file.samples.contains { $0.magnitude > 5_000 })
    #expect(try await scene.carrier("GET", "/Recordings/\(recording.sid)").bytes.count > 100_000)
    for path in ["/Recordings.json?CallSid=\(record.sid)", "/Calls/\(record.sid)/Recordings.json"] {
      #expect(try await scene.carrier("GET", path).body["recordings"]?[0]?["sid"] == .string(recording.sid))
    }
    #expect(try await scene.carrier("GET", "/Recordings.json?CallSid=CA0").body["recordings"] == [])
    let call = try await scene.carrier("GET", "/Calls/\(record.sid).json")
    #expect(call.body["status"] == "completed" && call.body["to"] == .string(CallScene.number))
    #expect(try await scene.carrier("GET", "/Calls/CA0.json").status == 404)
    #expect(try await scene.carrier("DELETE", "/Recordings/\(recording.sid).json").status == 204)
    #expect(try await scene.carrier("DELETE", "/Recordings/\(recording.sid).json").status == 404)
    #expect(try await scene.carrier("GET", "/Recordings/\(recording.sid).wav").status == 404)
    try scene.world.faults.order(Fault(.status, at: "carrier.recordings", parameters: .init(status: 503)))
    #expect(try await scene.carrier("GET", "/Recordings/\(recording.sid).wav").status == 503)
    try scene.world.faults.order(Fault(.status, at: "carrier.recordings.delete", parameters: .init(status: 429)))
    #expect(try await scene.carrier("DELETE", "/Recordings/\(recording.sid).json").body["code"] == 20429)
    await scene.end()
  }

  @Test func `a code by SMS, a number held elsewhere and an order not to call ring nowhere`() async throws {
    let scene = try await CallScene.open()
    try await scene.requestCode("SMS")
    #expect(try await scene.script(["to": .string(CallScene.number), "no_call": true]).status == 200)
    try await scene.requestCode()
    _ = try await scene.client.call(
      "POST", "/v26.0/100000000000009/add_phone_numbers?phone_number=14155551101", token: CallScene.token)
    let other = try #require(scene.world.poolEntries.first { $0.phone.digits == "14155551101" })
    let answer = try await scene.client.call(
      "POST", "/v26.0/\(other.id)/request_code?code_method=VOICE&language=en_US", token: CallScene.token)
    #expect(answer.status == 200 && scene.world.phones[other.phone].calls.count == 1)
    #expect(scene.world.phones[scene.phone].calls.count == 1)
    #expect(scene.world.carrier.log.calls().isEmpty && scene.world.calls.load.live == 0)
    await scene.end()
  }

  @Test func `a route to a trunk or an application takes the call whatever the URLs say`() async throws {
    for (field, kind) in [("trunk_sid", "trunk"), ("voice_application_sid", "application")] {
      let scene = try await CallScene.open(route: [field: "XX1"])
      let record = try await scene.call(["say": "Hello, is anybody there?"])
      #expect(record.outcome == .delivered && record.answeredBy == "\(kind):XX1" && record.requests.isEmpty)
      await scene.end()
    }
    let scene = try await CallScene.open(route: ["voice_url": ""])
    let record = try await scene.call(["say": "Hello"])
    #expect(record.outcome == .lost && record.problem == "the number has no voice URL")
    await scene.end()
  }

  @Test(arguments: [
    (VoiceListener.Answer("no", status: 503), "11200"),
    (.init("<Response><Record></Response>"), "12100"),
    (.init("<Response><Dial>+1650</Dial></Response>"), "12100"),
    (.init("not XML", type: "text/plain"), "12300"),
  ])
  func `a document that fails sends the call to the fallback, with the reason`(
    answer: VoiceListener.Answer, code: String
  ) async throws {
    let scene = try await CallScene.open([
      "/voice": [answer], "/fallback": [.init("<Response><Say>Hello.</Say></Response>")],
    ])
    let lost = try await scene.call(["say": "Hello"])
    #expect(lost.outcome == .lost && lost.problem?.hasPrefix(code) == true)
    _ = try await scene.client.call(
      "PUT", "/control/carrier/numbers",
      [
        "phone_number": .string(CallScene.number), "voice_fallback_url": .string(scene.listener.url + "/fallback"),
      ])
    let saved = try await scene.call(["say": "Hello"])
    #expect(saved.outcome == .answered && saved.answeredBy == scene.listener.url + "/fallback")
    #expect(saved.requests.map(\.purpose) == ["voice", "fallback"])
    _ = try await scene.listener.next("/voice")
    _ = try await scene.listener.next("/voice")
    let fallback = try await scene.listener.next("/fallback")
    #expect(fallback.isSigned && fallback.fields["ErrorCode"] == code)
    #expect(fallback.fields["ErrorUrl"] == scene.listener.url + "/voice")
    await scene.end()
  }

  @Test func `a dead application costs a call unless there is a fallback`() async throws {
    let scene = try await CallScene.open(route: ["voice_url": "http://127.0.0.1:9/voice"])
    #expect(try await scene.call(["say": "Hello"]).outcome == .lost)
    _ = try await scene.client.call(
      "PUT", "/control/carrier/numbers",
      ["phone_number": .string(CallScene.number), "voice_fallback_url": .string(scene.listener.url + "/voice")])
    let saved = try await scene.call(["say": "Hello"])
    #expect(saved.outcome == .answered && saved.requests.first?.error?.hasPrefix("11205") == true)
    await scene.end()
  }

  @Test func `verbs are played in order, and the caller's words pass by meanwhile`() async throws {
    let greeting = String(repeating: "Welcome to our shop. ", count: 30)
    let redirect = "<Response><Redirect method=\"GET\">/next?x=1&amp;y=2</Redirect></Response>"
    let next = "<Response><Pause length=\"1\"/><Say>\(greeting)</Say><Record action=\"/action\"/></Response>"
    let scene = try await CallScene.open([
      "/voice": [
        .init(redirect), .init("<Response><Reject reason=\"busy\"/></Response>"),
        .init("<Response><Hangup/><Say>Never</Say></Response>"), .init("<Response><Record/></Response>"),
        .init("<Response><Redirect>/voice</Redirect></Response>"),
      ], "/next": [.init(next)],
    ])
    let greeted = try await scene.call(["say": "Good morning, I would like to order flowers"])
    #expect(greeted.outcome == .answered && greeted.recordings.isEmpty)
    #expect(greeted.requests.map(\.purpose) == ["voice", "redirect"])
    _ = try await scene.listener.next("/voice")
    let followed = try await scene.listener.next("/next")
    #expect(followed.method == "GET" && followed.isSigned && followed.fields["y"] == "2")
    #expect(followed.fields["CallStatus"] == "ringing")
    let busy = try await scene.call(["say": "Hello"])
    #expect(busy.outcome == .rejected && busy.status == "busy")
    #expect(try await scene.call(["say": "Hello"]).outcome == .answered)
    // No action: the document calls itself, with the recording.
    let own = try await scene.call(["say": "Hello, hello, can you hear me?"])
    #expect(own.hasBeep && own.lacksAction && own.requests.map(\.purpose).prefix(2) == ["voice", "action"])
    let endless = try await scene.call(["say": "Hello"])
    #expect(endless.outcome == .lost && endless.problem?.hasPrefix("11215") == true)
    await scene.end()
  }

  @Test func `a recording ends with the caller, at its longest or in silence, and silence is no recording`()
    async throws
  {
    func document(_ attributes: String) -> VoiceListener.Answer {
      .init(VoiceListener.silent.replacing("timeout=\"20\" maxLength=\"90\"", with: attributes))
    }
    let scene = try await CallScene.open([
      "/voice": [
        document("timeout=\"20\" maxLength=\"3\""), document("timeout=\"2\" maxLength=\"90\""),
        document("timeout=\"20\" maxLength=\"90\""),
      ]
    ])
    let short = try await scene.call(["code": "123456"])
    #expect(short.recordings.map(\.seconds) == [3] && short.recordings.first?.endedBy == "max_length")
    _ = try await scene.listener.next("/voice")
    let action = try await scene.listener.next("/action")
    #expect(action.fields["Digits"] == "" && action.fields["CallStatus"] == "in-progress")
    _ = try await scene.listener.next("/recordings")
    let silent = try await scene.call(["silence": true])
    #expect(silent.recordings.first?.endedBy == "silence" && silent.recordings.first?.status == "absent")
    _ = try await scene.listener.next("/voice")
    let absent = try await scene.listener.next("/recordings")
    #expect(absent.fields["RecordingStatus"] == "absent" && absent.fields["ErrorCode"] == "16102")
    let cut = try await scene.call(["code": "123456", "cut_off_seconds": 0.3])
    #expect(cut.recordings.first?.status == "absent")
    _ = try await scene.listener.next("/voice")
    #expect(try await scene.listener.next("/recordings").fields["ErrorCode"] == "16101")
    await scene.end()
  }

  @Test func `a caller who is not done is recorded on, when the action says so`() async throws {
    let first = VoiceListener.silent.replacing("maxLength=\"90\"", with: "maxLength=\"7\"")
    let scene = try await CallScene.open([
      "/voice": [.init(first)], "/action": [.init(first), .init(first), .init("")],
    ])
    let record = try await scene.call(["code": "123456"])
    #expect(record.outcome == .answered && record.recordings.map(\.endedBy) == ["max_length", "max_length", "hangup"])
    #expect(record.recordings.map(\.seconds).dropLast() == [7, 7])
    // What the three hold together is what was said, but for words cut in two.
    let digits = record.recordings.map(\.said).joined().filter(\.isNumber)
    #expect((16...18).contains(digits.count), "\(record.recordings.map(\.said))")
    await scene.end()
  }

  @Test func `an application asked by GET sees a query, signed with the URL`() async throws {
    let scene = try await CallScene.open(route: ["voice_method": "GET"])
    #expect(try await scene.call(["say": "Hello"]).outcome == .answered)
    let asked = try await scene.listener.next("/voice")
    #expect(asked.method == "GET" && asked.isSigned && asked.fields["SandboxNews"] == "a+b & ä = new")
    let url = scene.world.baseURL + "/business/voice/flowers?shop=1"
    _ = try await scene.client.call(
      "PUT", "/control/carrier/numbers", ["phone_number": .string(CallScene.number), "voice_url": .string(url)])
    #expect(try await scene.call(["say": "Hello"]).answeredBy == url)
    await scene.end()
  }

  @Test func `an application that never answers loses its call to the fallback`() async throws {
    let scene = try await CallScene.open()
    let route = [
      "VoiceUrl": scene.world.baseURL + "/business/voice/slow", "VoiceFallbackUrl": scene.listener.url + "/voice",
    ]
    #expect(scene.world.carrier.setRoute(route, of: scene.phone))
    try await scene.habits(["webhook_timeout_ms": 50])
    try scene.fault(.timeout, at: "business:slow", milliseconds: 60_000)
    let record = try await scene.call(["say": "Hello"])
    #expect(record.outcome == .answered && record.requests.first?.error == "11205: no answer in time")
    #expect(try await scene.listener.next("/voice").fields["ErrorCode"] == "11205")
    await scene.end()
  }

  @Test func `webhooks are lost, doubled, late or forged as ordered`() async throws {
    let scene = try await CallScene.open()
    try scene.fault(.drop, at: "carrier.voice_webhook")
    #expect(try await scene.call(["code": "123456"]).outcome == .lost)
    try scene.fault(.wrongSignature, at: "carrier.voice_webhook")
    try scene.fault(.duplicate, at: "carrier.action")
    try scene.fault(.delay, at: "carrier.recording_callback", milliseconds: 1)
    _ = try await scene.call(["code": "123456"])
    #expect(try await scene.listener.next("/voice").isSigned == false)
    let first = try await scene.listener.next("/action")
    let second = try await scene.listener.next("/action")
    #expect(first.isSigned && first.fields == second.fields)
    #expect(try await scene.listener.next("/recordings").isSigned)
    try scene.fault(.drop, at: "carrier.recording_callback")
    let quiet = try await scene.call(["code": "123456"])
    #expect(quiet.requests.last?.fault == "drop" && quiet.requests.last?.status == nil)
    // Lost or not, the recording is there.
    #expect(try await scene.recording(quiet.recordings.first?.sid ?? "").rate == 8_000)
    #expect(throws: ControlFailure.self) { try scene.fault(.closeAfterReading, at: "carrier.action") }
    #expect(throws: ControlFailure.self) { try scene.fault(.drop, at: "carrier.update") }
    #expect(throws: ControlFailure.self) { try scene.fault(.ignored, at: "carrier.buy") }
    await scene.end()
  }

  @Test func `a recording callback that fails is tried three times`() async throws {
    let scene = try await CallScene.open([
      "/voice": [.init(VoiceListener.silent)],
      "/recordings": [.init("", status: 500), .init("", status: 500), .init("")],
    ])
    let record = try await scene.call(["code": "123456"])
    let callbacks = record.requests.filter { $0.purpose == "recording_callback" }
    #expect(callbacks.map(\.status) == [500, 500, 200])
    await scene.end()
  }

  @Test func `an update that is ignored is answered and changes nothing`() async throws {
    let scene = try await CallScene.open()
    let sid = scene.world.carrier.numbers.first?.sid ?? ""
    try scene.fault(.ignored, at: "carrier.update")
    let form = "VoiceUrl=http%3A%2F%2Fother%2F&TrunkSid=TK1"
    let answered = try await scene.carrier("POST", "/IncomingPhoneNumbers/\(sid).json", form)
    #expect(
      answered.status == 200 && answered.body["voice_url"] == "http://other/" && answered.body["trunk_sid"] == "TK1")
    let read = try await scene.carrier("GET", "/IncomingPhoneNumbers/\(sid).json")
    #expect(read.body["voice_url"] == .string(scene.listener.url + "/voice") && read.body["trunk_sid"] == .null)
    await scene.end()
  }
}
