import Workers
import Wire
import Telemetry
import Outbound
import Daemon
import Crypto
import Contracts
import Store
import TestSupport
import Testing
import VerifierHarness

@testable import Verifier

/// A recording's way from the carrier's announcement to a decision.
@Suite struct RecordingTests {
  @Test func `what the engines are sure of is handed in, and then nothing of it is left`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(3))
      try await stage.reaches(.verified, id)
      #expect(try await stage.steps(id) == ["recorded", "heard", "submitted", "verified"])
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 1 && stage.engine.questions == 1)
      try await stage.carrierIsEmpty()
      let row = try await stage.reaches(.deleted)
      #expect(row.milliseconds == 3_000 && row.dueAt == nil)
      #expect(try await stage.kept() == (0, 0))
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.state == .deleted && shown.url == nil && shown.guess == nil && shown.seconds == 3)
      #expect(try await stage.harness.get(id).disruptedCalls == 0)
    }
  }

  @Test func `what they are not sure of waits for a listener, with the guess marked as one`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(3))
      let open = try await stage.reaches(.needsListener, id)
      #expect(open.reason?.code == "NEEDS_A_LISTENER" && open.reason?.message.contains("LOW_CONFIDENCE") == true)
      #expect(open.reason?.nextStep.contains("/recordings") == true)
      try await stage.reaches(.unsure)
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.state == .available && shown.seconds == 3)
      let guess = try #require(shown.guess)
      #expect(guess.digits == "123456" && guess.isGuess && guess.engine == "server" && guess.why == "LOW_CONFIDENCE")
      #expect(guess.transcript?.hasPrefix("Verification code is 123456") == true && guess.confidence ?? 1 < 0.5)
      let sound = try await stage.get(try #require(shown.url))
      #expect(sound.status == 200 && sound.body == RecordedSound.tone(3))
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 0)
      // The carrier's copy is one too many as soon as ours is safe.
      try await stage.carrierIsEmpty()
      #expect(try await stage.kept() == (1, 1))
      let told = try await stage.database.read {
        try $0.all("SELECT CAST(payload AS TEXT) FROM registry_outbox") { try $0.text(0) }
      }
      #expect(told.contains { $0.contains("verification.needs_a_listener") && $0.contains(id.text) })
      #expect(told.allSatisfy { !$0.contains("123456") && !$0.contains(RecordingStage.number) })
      // Whoever listened types the code, and that is the end of the sound.
      #expect(try await stage.harness.submit("123 456", to: id).state == .verified)
      #expect(try await stage.kept() == (0, 0))
      #expect(try await stage.get(try #require(shown.url)).status == 410)
    }
  }

  @Test func `without an engine every call with sound waits for a listener`() async throws {
    try await RecordingStage.run(withEngine: false) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(3))
      #expect(try await stage.reaches(.needsListener, id).reason?.message.contains("NO_ENGINE") == true)
      let guess = try #require(try await stage.list(id).first?.guess)
      #expect(guess.digits == nil && guess.transcript == nil && guess.engine == nil && guess.why == "NO_ENGINE")
    }
  }

  @Test func `a customer's call is dropped at once, here and at the carrier, and counted`() async throws {
    try await RecordingStage.run(hearing: .customer) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(3))
      let open = try await stage.reaches(.codeRequested, id)
      #expect(open.disruptedCalls == 1 && open.reason?.code == "CALL_WITHOUT_CODE")
      try await stage.reaches(.dropped)
      #expect(try await stage.kept() == (0, 0))
      try await stage.carrierIsEmpty()
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.state == .dropped && shown.url == nil && shown.guess == nil)
      let metrics = try await stage.metrics()
      #expect(metrics.contains("wss_verifier_disrupted_calls_total 1"))
      #expect(metrics.contains("wss_verifier_recordings_total{outcome=\"no_code\"} 1"))
      #expect(metrics.contains("wss_verifier_engine_seconds_count{engine=\"server\",result=\"answered\"} 1"))
    }
  }

  @Test func `no engine is asked about silence`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.silence(4))
      let open = try await stage.reaches(.codeRequested, id)
      #expect(open.reason?.code == "RECORDING_SILENT" && open.disruptedCalls == 1)
      #expect(try await stage.reaches(.dropped).milliseconds == 4_000)
      #expect(stage.engine.questions == 0)
      try await stage.carrierIsEmpty()
    }
  }

  enum Odd: String, CaseIterable, Sendable {
    case page, empty, short, long, oversize

    var bytes: [UInt8] {
      switch self {
      case .page: Array("<html>An error</html>".utf8)
      case .empty: []
      case .short: RecordedSound.tone(0.5)
      case .long: RecordedSound.silence(101)
      case .oversize: [UInt8](repeating: 0x52, count: (4 << 20) + 1)
      }
    }
  }

  @Test(arguments: Odd.allCases)
  func `what is no recording of a call is dropped`(odd: Odd) async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      try await stage.record(odd.bytes)
      let open = try await stage.reaches(.codeRequested, id)
      #expect(open.reason?.code == "RECORDING_NOT_AUDIO" && open.disruptedCalls == 0, "\(odd)")
      try await stage.reaches(.dropped)
      #expect(stage.engine.questions == 0 && stage.carrier.count("GET /Recordings") == 1)
      try await stage.carrierIsEmpty()
    }
  }

  // MARK: Fetching

  @Test func `a recording that is not there yet is asked for again, with growing pauses`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2), absences: 3)
      var waits: [Int64] = []
      for tries in 1...3 {
        try await eventually("try \(tries)") { try await stage.row().tries == tries }
        waits.append(try #require(try await stage.row().dueAt) - stage.now)
        #expect(try await stage.row().state == .announced)
        try stage.pass(.milliseconds(waits.last ?? 0))
      }
      #expect(waits == [250, 500, 1_000])
      try await stage.reaches(.needsListener, id)
      #expect(stage.carrier.count("GET /Recordings") == 4)
    }
  }

  @Test func `one that the carrier does not hand over is given up after a minute`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      try await stage.announce("RE404")
      let begun = stage.now
      var longest: Int64 = 0
      var tries = 0
      while true {
        try await eventually("another try") {
          let row = try await stage.row("RE404")
          return row.tries > tries || row.state != .announced
        }
        let row = try await stage.row("RE404")
        guard let due = row.dueAt else { break }
        tries = row.tries
        longest = max(longest, due - stage.now)
        try stage.pass(.milliseconds(due - stage.now))
      }
      #expect(stage.now - begun == 60_000 && longest == 5_000)
      #expect(try await stage.reaches(.codeRequested, id).reason?.code == "RECORDING_NOT_FETCHED")
      #expect(try await stage.harness.get(id).disruptedCalls == 0)
      // It may be there after all: it is deleted too.
      try await stage.carrierIsEmpty()
      #expect(stage.carrier.count("DELETE /Recordings") == 1)
    }
  }

  @Test func `a carrier that fails is asked again`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      stage.carrier.order(
        "GET /Recordings", .error(20_500, status: 500), .error(20_429, status: 429), .error(20_003, status: 401))
      try await stage.record(RecordedSound.tone(2))
      for tries in 1...3 {
        try await eventually("try \(tries)") { try await stage.row().tries == tries }
        try stage.pass(.seconds(2))
      }
      try await stage.reaches(.needsListener, id)
    }
  }

  @Test func `the carrier's credentials go to its own address alone, by the recording's id`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      try await stage.carrierIsEmpty()
      #expect(stage.carrier.requests == ["GET /Recordings", "DELETE /Recordings"])
      #expect(stage.carrier.authorizations.count == 1)
    }
    // An address in the carrier's own, signed words changes nothing.
    let other = try await ScriptedSpeech()
    try await SessionScene.run { scene in
      let id = try await scene.armed().id
      _ = try await scene.call("CA1")
      scene.carrier.keep(RecordedSound.tone(2), as: "RE1", of: "CA1")
      let forged = [
        ("CallSid", "CA1"), ("RecordingSid", "RE1"), ("RecordingStatus", "completed"),
        ("RecordingUrl", other.url + "/2010-04-01/Accounts/AC1/Recordings/RE1"),
      ].map { (name: $0.0, value: $0.1) }
      #expect(try await scene.webhook(VoiceEdge.recordings, forged).status < 300)
      try await scene.reaches(.needsListener, id)
      #expect(scene.carrier.count("GET /Recordings") == 1)
    }
    #expect(other.questions.isEmpty)
    await other.stop()
  }

  @Test func `an engine that fails is told of once for each recording, without what it quotes`() async throws {
    let speech = try await ScriptedSpeech(.json(#"{"error":"no model for 123456"}"#, status: 500))
    try await RecordingStage.run(
      withEngine: false, settings: ["TRANSCRIBERS": "server", "TRANSCRIBER_URL": speech.url]
    ) {
      stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(3))
      #expect(try await stage.reaches(.needsListener, id).reason?.message.contains("ENGINE_FAILED") == true)
      let told = stage.harness.log.ofEvent("engine.failed")
      #expect(told.count == 1)
      let line = try #require(told.first)
      #expect(line.contains("server") && line.contains("REFUSED") && line.contains("no model for ######"))
    }
    await speech.stop()
  }

  @Test func `a call in which the engine hears nothing waits for a person and is nobody's disrupted call`() async throws
  {
    for text in ["", "Thank you."] {
      try await RecordingStage.run(hearing: .init(text: text)) { stage in
        let id = try await stage.begin()
        try await stage.record(RecordedSound.tone(3))
        let open = try await stage.reaches(.needsListener, id)
        #expect(open.reason?.message.contains("NOTHING_HEARD") == true && open.disruptedCalls == 0)
        #expect(try await stage.kept() == (1, 1))
      }
    }
  }

  @Test func `sixty recordings flow, sixteen in work at once`() async throws {
    try await RecordingStage.run(hearing: .customer) { stage in
      let count = 60
      var ids: [VerificationID] = []
      for index in 0..<count {
        let id = try await stage.begin(
          phoneNumber: "+1415556\(1_000 + index)",
          sender: SenderID(trusted: "snd_01JD00000000000000000002\(10 + index)"))
        try await stage.call("CA-\(index)", of: id)
        stage.carrier.keep(RecordedSound.tone(1), as: "RE-\(index)", of: "CA-\(index)")
        ids.append(id)
      }
      let latch = Latch()
      stage.engine.hear(.init(text: "Hello, two pizzas please.", latch: latch))
      for index in 0..<count { try await stage.announce("RE-\(index)", of: "CA-\(index)") }
      // Slow engines do not keep the others from being fetched.
      try await eventually(within: .seconds(30), "everything to be fetched") {
        try await stage.kept().sounds == count
      }
      try await eventually("the engine to be busy") { stage.engine.questions >= 16 }
      latch.open()
      try await eventually(within: .seconds(30), "everything to be dropped") { try await stage.kept().sounds == 0 }
      #expect(stage.engine.questions == count && stage.engine.most == 16)
      for id in ids { #expect(try await stage.harness.get(id).disruptedCalls == 1) }
    }
  }

  @Test func `nobody's words, codes or numbers are in the log or the metrics`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      try await stage.carrierIsEmpty()
      let shown = try #require(try await stage.list(id).first)
      let url = try #require(shown.url)
      _ = try await stage.get(url)
      let signature = try #require(url.split(separator: "signature=").last)
      let texts = stage.harness.log.all + [try await stage.metrics()]
      for secret in ["123456", "Verification code is", RecordingStage.number, String(signature)] {
        #expect(texts.allSatisfy { !$0.contains(secret) }, "\(secret)")
      }
      #expect(stage.harness.log.ofEvent("recording.heard").count == 1)
      #expect(stage.harness.log.ofEvent("http.request").contains { $0.contains("/v1/recordings/{id}") })
    }
  }
}
