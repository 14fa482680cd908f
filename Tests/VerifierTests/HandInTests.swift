import Contracts
import Crypto
import GraphAPI
import Store
import TestSupport
import Testing
import VerifierHarness
import Wire

@testable import Verifier

/// A code that the machine heard on its way to Meta: once, whatever becomes of the way.
@Suite struct HandInTests {
  @Test func `a code that could not leave is handed in again, and in the end a person is asked`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      await stage.harness.graph.stop()
      try await stage.record(RecordedSound.tone(3))
      try await eventually("the code to come back") {
        try await stage.steps(id).suffix(2) == ["submitted", "returned"]
      }
      #expect(try await stage.harness.get(id).reason?.code == "META_UNREACHABLE")
      try stage.pass(.seconds(6))
      try await eventually("another try") { try await stage.steps(id).filter { $0 == "returned" }.count == 2 }
      try stage.pass(.seconds(601))
      let open = try await stage.reaches(.needsListener, id)
      #expect(open.reason?.code == "META_UNREACHABLE")
      #expect(try await stage.callsForListeners() == 1)
    }
  }

  @Test func `the time to hand a code in counts from its hearing, not from the verification's beginning`() async throws
  {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      try await stage.database.write { [now = stage.now] connection in
        try connection.execute("UPDATE verifications SET created_at = ? WHERE id = ?", now - 3_000_000, id.text)
      }
      try await stage.record(RecordedSound.tone(3))
      try await stage.reaches(.verified, id)
    }
  }

  @Test func `whoever has the number hears of a refused code of the machine's, not of one they typed`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      for _ in 0..<2 { stage.harness.graph.order("POST /1065/verify_code", .error(136_025)) }
      try await stage.record(RecordedSound.tone(3))
      let open = try await stage.reaches(.needsListener, id)
      #expect(open.reason?.code == "CODE_WRONG")
      try stage.pass(.seconds(1))
      #expect(try await stage.harness.submit("654321", to: id).state == .needsListener)
      #expect(try await stage.callsForListeners() == 1)
    }
  }

  @Test func `what comes back is the code that was on its way, not one that Meta refused before`() async throws {
    try await RecordingStage.run(withEngine: false) { stage in
      let id = try await stage.begin()
      let keyring = try SealingKeyring(file: stage.harness.files.sealingKeyFile(.verifier))
      let now = stage.now
      try await stage.database.write { connection in
        let call = try #require(try connection.call("CA1"))
        for (sid, code, submittedAt) in [("RE1", "111111", now - 1_000), ("RE2", "222222", now)] {
          try connection.insertRecording(sid, of: call, now: now)
          let recording = try #require(
            try connection.first("SELECT id FROM recordings WHERE recording_sid = ?", sid) {
              RecordingID(trusted: try $0.text(0))
            })
          let hearing = keyring.seal(
            Secret(#"{"code":"\#(code)"}"#), binding: RecordingRow.hearingBinding(recording))
          try connection.execute(
            """
            UPDATE recordings SET state = 'heard', due_at = NULL, hearing = ?, submitted_at = ? WHERE recording_sid = ?
            """, hearing, submittedAt, sid)
        }
        try connection.execute("UPDATE verifications SET state = 'submitted' WHERE id = ?", id.text)
        _ = try connection.apply(.returned, to: id, VerificationTimes(), now: now)
        #expect(try connection.heardCode(of: id, keyring)?.1 == "222222")
      }
    }
  }

  @Test(
    arguments: [
      ("You have 3 tries remaining.", 3), ("2 attempts left", 2), ("1 attempt left, then wait", 1),
      ("No attempts left.", 0), ("You can try again in 4 hours", nil), ("attempts left", nil),
      ("3 attempts", nil), ("999 attempts left", nil), ("-1 attempts left", 1), ("", nil),
    ] as [(String, Int?)])
  func `the tries in Meta's words are read`(text: String, tries: Int?) {
    #expect(MetaTries.parse(text) == tries)
    #expect(MetaTries.of(GraphError(httpStatus: 400, code: 136_025, message: text)) == tries)
  }
}
