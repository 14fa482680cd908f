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

/// Recordings that come late, or are not the only ones of their verification.
@Suite struct SeveralRecordingsTests {
  @Test(arguments: [1, -0.05]) func `a code that another kept recording contradicts is not handed in`(
    logProbability: Double
  ) async throws {
    let other = "Verification code is 654321. Verification code is 654321."
    try await RecordingStage.run { stage in
      stage.engine.order(.init(text: logProbability > 0 ? other + " Thank you." : other, logProbability: -1), .sure)
      let id = try await stage.begin()
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.noise(2, seed: 1))
      try await stage.reaches(.needsListener, id)
      try await stage.record(RecordedSound.noise(2, seed: 2), as: "RE2", of: "CA2")
      try await stage.reaches(.unsure, "RE2")
      let guesses = try await stage.list(id).compactMap { $0.guess?.digits }
      #expect(Set(guesses) == ["123456", "654321"])
      #expect(try await stage.list(id).contains { $0.guess?.why == "RIVAL" })
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 0)
      #expect(try await stage.harness.get(id).state == .needsListener)
    }
  }

  @Test func `a code that waits to be handed in is held back by another that is as sure`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      let keyring = try SealingKeyring(file: stage.harness.files.sealingKeyFile(.verifier))
      let now = stage.now
      try await stage.database.write { connection in
        try connection.insertRecording("RE1", of: try #require(try connection.call("CA1")), now: now)
        let recording = try #require(
          try connection.first("SELECT id FROM recordings WHERE recording_sid = 'RE1'") {
            RecordingID(trusted: try $0.text(0))
          })
        let hearing = keyring.seal(
          Secret(#"{"code":"654321","answers":[]}"#), binding: RecordingRow.hearingBinding(recording))
        try connection.execute(
          "UPDATE recordings SET state = 'heard', due_at = NULL, hearing = ? WHERE id = ?", hearing, recording.text)
        try connection.execute(
          "UPDATE verifications SET state = 'heard', due_at = ? WHERE id = ?", now + 60_000, id.text)
      }
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.tone(2), as: "RE2", of: "CA2")
      let open = try await stage.reaches(.needsListener, id)
      #expect(open.reason?.message.contains("RIVAL") == true)
      try await stage.reaches(.unsure, "RE2")
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 0)
    }
  }

  @Test func `a code that another kept recording has as a guess is handed in`() async throws {
    try await RecordingStage.run { stage in
      stage.engine.order(.unsure, .sure)
      let id = try await stage.begin()
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.noise(2, seed: 1))
      try await stage.reaches(.needsListener, id)
      try await stage.record(RecordedSound.noise(2, seed: 2), as: "RE2", of: "CA2")
      try await stage.reaches(.unsure, "RE1")
      try await stage.reaches(.verified, id)
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 1)
    }
  }

  @Test func `of a verification that is over the sound is kept, and nobody listens`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      _ = try await stage.harness.call(VerifierAPI.CancelVerification(id: id))
      try await stage.record(RecordedSound.tone(2))
      let row = try await stage.reaches(.stored)
      #expect(row.dueAt == nil)
      try await stage.carrierIsEmpty()
      #expect(try await stage.harness.get(id).state == .cancelled && stage.engine.questions == 0)
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.state == .available && shown.guess == nil)
      #expect(try await stage.get(try #require(shown.url)).status == 200)
    }
  }

  @Test func `of a number that is verified nothing is fetched`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      #expect(try await stage.harness.submit("123456", to: id).state == .verified)
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.deleted)
      try await stage.carrierIsEmpty()
      #expect(stage.carrier.count("GET /Recordings") == 0)
    }
  }

  @Test func `a verification that ends while engines listen keeps what it was`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.init(text: HearingDouble.Words.sure.text, latch: latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await eventually("the engine to be asked") { stage.engine.questions == 1 }
      _ = try await stage.harness.call(VerifierAPI.CancelVerification(id: id))
      latch.open()
      try await stage.reaches(.unsure)
      #expect(try await stage.harness.get(id).state == .cancelled)
      let guess = try #require(try await stage.list(id).first?.guess)
      #expect(guess.digits == "123456" && guess.why == "CAME_TOO_LATE")
      #expect(try await stage.metrics().contains("wss_verifier_recordings_total{outcome=\"late\"} 1"))
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 0)
    }
  }

  @Test func `a person may be faster than the engine`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.init(text: HearingDouble.Words.sure.text, latch: latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await eventually("the engine to be asked") { stage.engine.questions == 1 }
      #expect(try await stage.harness.submit("123456", to: id).state == .verified)
      #expect(try await stage.kept() == (0, 0))
      latch.open()
      try await eventually("the engine to have answered") { stage.harness.log.ofEvent("recording.heard").count == 1 }
      // What it says is about nothing: it is neither kept nor handed in.
      try await stage.carrierIsEmpty()
      #expect(try await stage.row().state == .deleted)
      #expect(try await stage.kept() == (0, 0))
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 1)
    }
  }

  @Test func `a customer's call does not end the wait for the call that is being heard`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.init(text: HearingDouble.Words.sure.text, latch: latch), .customer)
      let id = try await stage.begin()
      try await stage.record(RecordedSound.noise(2, seed: 1))
      try await eventually("the engine to be asked") { stage.engine.questions == 1 }
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.noise(2, seed: 2), as: "RE2", of: "CA2")
      try await stage.reaches(.dropped, "RE2")
      let open = try await stage.harness.get(id)
      #expect(open.state == .recorded && open.disruptedCalls == 1)
      latch.open()
      try await stage.reaches(.verified, id)
    }
  }

  @Test func `two customers' calls, and the wait for Meta's goes on`() async throws {
    try await RecordingStage.run(hearing: .customer) { stage in
      let id = try await stage.begin()
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.noise(2, seed: 1))
      try await stage.reaches(.dropped)
      // The other call is still being recorded.
      #expect(try await stage.harness.get(id).state == .recorded)
      try await stage.record(RecordedSound.noise(2, seed: 2), as: "RE2", of: "CA2")
      let open = try await stage.reaches(.codeRequested, id)
      #expect(open.disruptedCalls == 2)
    }
  }

  @Test func `an unclear second call does not stop the code of the first`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.sure, .unsure)
      stage.harness.graph.order("POST /1065/verify_code", .held(latch))
      let id = try await stage.begin()
      try await stage.call("CA2", of: id)
      try await stage.record(RecordedSound.noise(2, seed: 1))
      try await stage.reaches(.submitted, id)
      try await stage.record(RecordedSound.noise(2, seed: 2), as: "RE2", of: "CA2")
      try await stage.reaches(.unsure, "RE2")
      #expect(try await stage.harness.get(id).state == .submitted)
      latch.open()
      try await stage.reaches(.verified, id)
      #expect(try await stage.kept() == (0, 0))
    }
  }

  @Test func `what an older call said is not handed in once Meta was asked for another`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.init(text: HearingDouble.Words.sure.text, latch: latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await eventually("the engine to be asked") { stage.engine.questions == 1 }
      stage.harness.clock.advance(by: .seconds(1))
      let now = stage.now
      try await stage.database.write { connection in
        var row = try #require(try connection.verification(id))
        row.state = .codeRequested
        try connection.update(row)
        _ = try connection.apply(.nextCall, to: id, VerificationTimes(), now: now)
        row.state = .codeRequested
        row.dueAt = now + 60_000
        try connection.update(row)
      }
      latch.open()
      try await stage.reaches(.unsure)
      #expect(try await stage.harness.get(id).state == .codeRequested)
      #expect(stage.harness.graph.count("POST /1065/verify_code") == 0)
      #expect(try await stage.list(id).first?.guess?.why == "CAME_TOO_LATE")
    }
  }

  @Test func `a recording that is announced again is the same one`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.announce("RE1")
      try await stage.reaches(.needsListener, id)
      try await stage.announce("RE1")
      #expect(try await stage.list(id).count == 1 && stage.engine.questions == 1)
    }
  }
}
