import JSON
import Outbound
import TestSupport
import Testing

@testable import SandboxWorld

/// Calls as they are ordered, their limits, and what Meta's side remembers of codes.
@Suite(.timeLimit(.minutes(2))) struct SandboxCallOrderTests {
  @Test func `Meta's next calls follow their orders, and somebody else may call meanwhile`() async throws {
    let scene = try await CallScene.open()
    let to = JSONValue.string(CallScene.number)
    _ = try await scene.script(["to": to, "code": "999999", "repeats": 1, "from": "+442079460000"])
    _ = try await scene.script(["to": to, "second_caller": ["say": "Hello, are you open today?"]])
    #expect(scene.world.calls.load.waiting == 2)
    try await scene.requestCode()
    let wrong = try await scene.metaCall()
    #expect(wrong.said == "Verification code is 999999." && wrong.from == "+442079460000")
    let code = try await scene.requestCode()
    try await eventually("three calls") { scene.world.carrier.log.calls().filter(\.outcome.isOver).count == 3 }
    let calls = scene.world.carrier.log.calls(to: scene.phone)
    #expect(calls.last { $0.isMeta }?.said.contains(code) == true)
    #expect(calls.last { !$0.isMeta }?.said == "Hello, are you open today?")
    #expect(scene.world.calls.load.waiting == 0)
    let listed = try await scene.client.call("GET", "/control/carrier/calls?to=%2B14155551100")
    #expect(listed.body["total"] == 3 && listed.body["calls"]?[0]?["by_meta"] == true)
    #expect(listed.body["calls"]?[0]?["recording_sid"]?.string?.hasPrefix("RE") == true)
    await scene.end()
  }

  @Test func `a live call is in the carrier's list until it is over`() async throws {
    let scene = try await CallScene.open([
      "/voice": [.init("<Response><Say>Hello.</Say><Pause length=\"60\"/></Response>")]
    ])
    let path = "/Calls.json?To=%2B14155551100&Status=in-progress&PageSize=1"
    #expect(try await scene.carrier("GET", path).body["calls"] == [])
    let placed = try await scene.client.call(
      "POST", "/control/carrier/calls", ["to": .string(CallScene.number), "silence": true, "live": true])
    let sid = placed.body["sid"]?.string ?? ""
    try await eventually("the call in the list") {
      try await scene.carrier("GET", path).body["calls"]?[0]?["sid"] == .string(sid)
    }
    await scene.end()
    #expect(scene.world.carrier.log[sid]?.outcome == .stopped)
  }

  @Test func `orders that make no sense, and calls beyond a thousand, are refused in words`() async throws {
    let scene = try await CallScene.open()
    let to = JSONValue.string(CallScene.number)
    let bad: [JSONValue] = [
      ["to": to], ["to": "x", "say": "Hello"], ["to": to, "code": "12a"], ["to": to, "say": "Hello", "repeats": 11],
      ["to": to, "say": "Hello", "noise_db": 100], ["to": to, "say": "Hello", "nonsense": 1],
      ["to": to, "say": "Hello", "cut_off_seconds": 0],
    ]
    for order in bad { #expect(try await scene.client.call("POST", "/control/carrier/calls", order).status == 400) }
    let unknown = try await scene.client.call(
      "POST", "/control/carrier/calls", ["to": "+14155559999", "say": "Hello"])
    #expect(unknown.status == 404)
    #expect(try await scene.client.call("PUT", "/control/carrier/calls", ["speed": 0]).status == 400)
    var waiting = CallScript(say: "Hello")
    waiting.delay = 600_000
    for _ in 0..<CallDesk.limit { try scene.world.calls.call(scene.phone, waiting) }
    #expect(throws: ControlFailure.self) { try scene.world.calls.call(scene.phone, waiting) }
    #expect(scene.world.calls.load.live == CallDesk.limit && scene.world.calls.load.refused == 1)
    await scene.end()
    #expect(scene.world.calls.load.live == 0)
    #expect(scene.world.carrier.log.calls().allSatisfy { $0.outcome == .stopped })
  }

  @Test func `without the programs no call is pretended`() async throws {
    let folder = try TemporaryDirectory()
    var settings = WorldSettings()
    settings.audioFolders = [folder.path]
    let scene = try await CallScene.open(settings: settings)
    let refused = try await scene.client.call(
      "POST", "/control/carrier/calls", ["to": .string(CallScene.number), "say": "Hello"])
    #expect(refused.status == 503 && refused.body["error"]?.string?.contains("espeak-ng and sox") == true)
    try await scene.requestCode()
    let record = try await scene.metaCall()
    #expect(record.outcome == .failed && record.problem?.contains("install espeak-ng and sox") == true)
    await scene.end()
  }

  @Test func `a business's own application answers what the carrier signed for it, and nothing passed on`() async throws
  {
    let scene = try await CallScene.open()
    let url = scene.world.baseURL + "/business/voice/flowers"
    _ = try await scene.client.call(
      "PUT", "/control/carrier/numbers", ["phone_number": .string(CallScene.number), "voice_url": .string(url)])
    let direct = try await scene.call(["say": "Hello"])
    #expect(direct.outcome == .answered && direct.answeredBy == url)
    // A redirect is a request of the carrier's own, and signed for where it goes.
    let redirected = try await CallScene.open([
      "/voice": [.init("<Response><Redirect>\(url)</Redirect></Response>")]
    ])
    #expect(try await redirected.call(["say": "Hello"]).answeredBy == url)
    #expect(scene.world.voiceApp.calls(of: "flowers").map(\.isVerified) == [true, true])
    await redirected.end()
    // A proxy would carry the signature of another URL.
    _ = try await scene.client.call(
      "PUT", "/control/carrier/numbers",
      ["phone_number": .string(CallScene.number), "voice_url": .string(scene.world.baseURL + "/business/voice/other")])
    try scene.fault(.wrongSignature, at: "carrier.voice_webhook")
    #expect(try await scene.call(["say": "Hello"]).outcome == .lost)
    let calls = try await scene.client.call("GET", "/control/business/flowers/voice-calls")
    #expect(calls.body["calls"]?.array?.map { $0["verified"] } == [true, true])
    #expect(calls.body["calls"]?[0]?["call_sid"] == .string(direct.sid))
    let others = try await scene.client.call("GET", "/control/business/other/voice-calls")
    #expect(others.body["calls"]?.array?.map { $0["verified"] } == [false])
    await scene.end()
  }

  @Test func `every code that was submitted is on the ledger, twice if it came twice`() async throws {
    let scene = try await CallScene.open()
    let code = try await scene.requestCode()
    let wrong = code == "111111" ? "222222" : "111111"
    func verify(_ code: String) async throws -> Int {
      let path = "/v26.0/\(scene.poolID)/verify_code?code=\(code)"
      return (try? await scene.client.call("POST", path, token: CallScene.token).status) ?? 0
    }
    #expect(try await verify(wrong) == 400)
    // Read, and never carried out: it was submitted all the same.
    try scene.world.faults.order(Fault(.closeBeforeAnswer, at: "graph.verify_code"))
    #expect(try await verify(wrong) == 0)
    #expect(try await verify(code) == 200)
    let codes = try await scene.client.call("GET", "/control/ledger/codes?number=%2B14155551100").body["codes"]
    #expect(codes?[0]?["code"] == .string(wrong) && codes?[0]?["times"] == 2 && codes?[0]?["accepted"] == false)
    #expect(codes?[1]?["code"] == .string(code) && codes?[1]?["times"] == 1 && codes?[1]?["accepted"] == true)
    let ledger = try await scene.client.call("GET", "/control/ledger").body
    #expect(ledger["codes_submitted_twice"] == 1 && ledger["codes_submitted"] == 3)
    #expect(try await scene.client.call("GET", "/control/ledger/codes?number=1").body["codes"] == [])
    await scene.end()
  }

  @Test func `Meta's refusals carry the wait they were ordered with`() async throws {
    let scene = try await CallScene.open()
    let fault: JSONValue = [
      "target": "graph.request_code", "kind": "error_code",
      "parameters": [
        "code": 136024, "user_message": "Try again in 5 minutes.", "user_title": "Wait", "retry_after": 300,
      ],
    ]
    #expect(try await scene.client.call("POST", "/control/faults", fault).status == 200)
    let refused = try await scene.client.call(
      "POST", "/v26.0/\(scene.poolID)/request_code?code_method=VOICE&language=en_US", token: CallScene.token)
    #expect(refused.errorCode == 136024 && refused.headers["Retry-After"] == "300")
    #expect(refused.body["error"]?["error_user_msg"] == "Try again in 5 minutes.")
    #expect(refused.body["error"]?["error_user_title"] == "Wait")
    #expect(scene.world.carrier.log.calls().isEmpty)
    await scene.end()
  }

  @Test func `what calls leave behind has its limits`() throws {
    let shelf = RecordingShelf()
    func recording(_ number: Int) -> CarrierRecording {
      CarrierRecording(sid: "RE\(number)", callSID: "CA", samples: [1, 2], started: 0)
    }
    for number in 0...RecordingShelf.limit { shelf.add(recording(number)) }
    #expect(shelf.totals == (RecordingShelf.limit, 0, 1) && shelf["RE0"] == nil && shelf["RE1"] != nil)
    let large = CarrierRecording(
      sid: "REL", callSID: "CA", samples: [UInt8](repeating: 0, count: RecordingShelf.byteLimit), started: 0)
    shelf.add(large)
    #expect(shelf.totals.kept == 1 && shelf["REL"] != nil)

    let log = CallLog()
    let phone = try #require(PhoneDigits("+14155551100"))
    for number in 0...CallLog.kept {
      log.add(CallRecord(sid: "CA\(number)", from: "", to: phone, at: 0, said: "", isMeta: false))
    }
    #expect(log.calls().count == CallLog.kept * 9 / 10 + 1 && log["CA0"] == nil && log["CA\(CallLog.kept)"] != nil)

    let library = SoundLibrary()
    func sound(_ number: Int) -> CallSound {
      CallSound(samples: withUnsafeBytes(of: number.bigEndian) { Array($0) }, words: [])
    }
    // A few of them sound alike: µ-law has two zeros.
    for number in 0...(SoundLibrary.kept + 100) { library.remember(sound(number)) }
    let first = try #require(WAV(parsing: WAV.file(sound(0).samples)))
    let last = try #require(WAV(parsing: WAV.file(sound(SoundLibrary.kept + 100).samples)))
    #expect(library.entry(of: first) == nil && library.entry(of: last) != nil)

    let ledger = Ledger(limit: 2)
    for code in ["1", "2", "3", "2"] { ledger.codeArrived(code, id: "7", phone: nil) }
    #expect(ledger.codeTotals == (3, 1, 1) && ledger.codes().map(\.code) == ["1", "2"])
    ledger.reset()
    #expect(ledger.codeTotals == (0, 0, 0))
  }

  @Test func `orders that wait have a limit, and can be taken back`() async throws {
    let scene = try await CallScene.open()
    for _ in 0..<CallDesk.scriptLimit { try scene.world.calls.order(CallScript(), to: scene.phone) }
    #expect(try await scene.script(["to": .string(CallScene.number)]).status == 409)
    let cancelled = try await scene.client.call("DELETE", "/control/carrier/script")
    #expect(cancelled.body["cancelled"] == .integer(Int64(CallDesk.scriptLimit)))
    #expect(try await scene.script(["to": .string(CallScene.number)]).status == 200)
    await scene.end()
  }

  @Test func `codes may be asked for as often as the limit says`() async throws {
    let scene = try await CallScene.open()
    let phone = "/control/phones/+14155551100"
    #expect(try await scene.client.call("PUT", "/control/codes/limit", ["requests_per_hour": 1]).status == 200)
    try await scene.requestCode("SMS")
    await #expect(throws: ControlFailure.self) { try await scene.requestCode("SMS") }
    #expect(try await scene.client.call("PUT", "/control/codes/limit", ["requests_per_hour": 7]).status == 200)
    for _ in 0..<6 { try await scene.requestCode("SMS") }
    await #expect(throws: ControlFailure.self) { try await scene.requestCode("SMS") }
    #expect(try await scene.client.call("GET", phone + "/sms").body["messages"]?.array?.count == 7)
    #expect(try await scene.client.call("PUT", "/control/codes/limit", ["requests_per_hour": 0]).status == 400)
    await scene.end()
  }

  @Test func `fifty calls at once are played, and the world answers meanwhile`() async throws {
    let scene = try await CallScene.open()
    for number in 0..<50 {
      var script = CallScript(code: String(100_000 + number))
      script.noiseDecibels = 15
      try scene.world.calls.call(scene.phone, script)
    }
    var slowest = Duration.zero
    while scene.world.calls.load.live > 0 {
      let start = ContinuousClock.now
      let health = try await scene.client.call("GET", "/healthz")
      #expect(health.status == 200)
      slowest = max(slowest, .now - start)
    }
    let calls = scene.world.carrier.log.calls()
    #expect(calls.count == 50 && calls.allSatisfy { $0.outcome == .answered && $0.recordings.count == 1 })
    #expect(slowest < .seconds(5), "\(slowest)")
    #expect(scene.world.carrier.recordings.totals.kept == 50)
    await scene.end()
  }
}
