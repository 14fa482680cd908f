import Contracts
import Store
import TestSupport
import Testing
import VerifierHarness
import Wire

@testable import Verifier

/// A person who could not use what was recorded has Meta call again.
@Suite struct CallAgainTests {
  private func again(_ id: VerificationID, _ scene: SessionScene) async throws -> Verification {
    try await scene.harness.call(VerifierAPI.CallAgain(id: id, acknowledgeInterception: true))
  }

  private func refusal(_ id: VerificationID, _ scene: SessionScene) async throws -> String? {
    do {
      _ = try await scene.harness.call(VerifierAPI.CallAgain(id: id, acknowledgeInterception: true))
      return nil
    } catch let failure as CallFailure {
      return failure.reason
    }
  }

  /// Meta has called, and its call waits for a listener.
  private func waiting(_ call: String, _ recording: String, _ id: VerificationID, _ scene: SessionScene) async throws {
    _ = try await scene.call(call)
    scene.carrier.keep(RecordedSound.tone(3), as: recording, of: call)
    #expect(try await scene.recorded(call, recording) == 204)
    try await scene.reaches(.needsListener, id)
    try await eventually("the number to be given back") {
      try await scene.harness.get(id).interception?.state == .restored
    }
    #expect(scene.voiceURL == SessionScene.shop)
  }

  @Test func `Meta calls once more, and all interceptions together last five minutes`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      #expect(try await refusal(session.id, scene) == "NO_CALL_NEEDED")
      scene.harness.clock.advance(by: .seconds(80))
      try await waiting("CA1", "RE1", session.id, scene)
      let notAcknowledged = await #expect(throws: CallFailure.self) {
        try await scene.harness.call(VerifierAPI.CallAgain(id: session.id))
      }
      #expect(notAcknowledged?.reason == "INTERCEPTION_NOT_ACKNOWLEDGED")
      scene.carrier.setCall(true, to: SessionScene.number)
      #expect(try await refusal(session.id, scene) == "NUMBER_BUSY")
      scene.carrier.setCall(false, to: SessionScene.number)
      let asked = try await again(session.id, scene)
      #expect(asked.state == .requested)
      let second = try await scene.reaches(.codeRequested, session.id)
      #expect(second.calls == 2 && scene.harness.graph.count("POST /1065/request_code") == 2)
      #expect(second.interception?.endsAt == Timestamp(milliseconds: scene.harness.clock.now + 220_000))
      scene.harness.clock.advance(by: .seconds(80))
      try await waiting("CA2", "RE2", session.id, scene)
      let list = try await scene.harness.call(VerifierAPI.ListRecordings(id: session.id))
      #expect(list.data.filter { $0.state == .available }.count == 2)
      #expect(try await scene.harness.submit("123456", to: session.id).state == .verified)
    }
  }

  @Test func `no more than three calls, and none when too little of the five minutes is left`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      scene.harness.clock.advance(by: .seconds(61))
      try await waiting("CA1", "RE1", session.id, scene)
      func set(_ column: String, _ value: Int) async throws {
        try await scene.harness.database.write {
          try $0.execute("UPDATE verifications SET \(column) = ? WHERE id = ?", value, session.id.text)
        }
      }
      try await set("calls", 3)
      #expect(try await refusal(session.id, scene) == "CALLS_USED_UP")
      try await set("calls", 1)
      try await set("intercepted_ms", 240_001)
      #expect(try await refusal(session.id, scene) == "INTERCEPTION_USED_UP")
      try await set("intercepted_ms", 240_000)
      #expect(try await again(session.id, scene).state == .requested)
    }
  }

  @Test func `a recording that nobody listens to for an hour is the end`() async throws {
    try await SessionScene.run { scene in
      let session = try await scene.armed()
      try await waiting("CA1", "RE1", session.id, scene)
      let over = try await scene.reaches(.expired, session.id, after: .seconds(3_601))
      #expect(over.reason?.code == "NO_LISTENER_IN_TIME")
      #expect(try await refusal(session.id, scene) == "VERIFICATION_OVER")
    }
  }

  @Test func `what an older call said is a guess once Meta was asked again`() async throws {
    try await RecordingStage.run { stage in
      let id = try await stage.begin()
      await stage.harness.graph.stop()
      try await stage.record(RecordedSound.tone(3))
      try await stage.reaches(.heard, "RE1")
      try await eventually("the code to come back") {
        try await stage.steps(id).suffix(2) == ["submitted", "returned"]
      }
      let now = stage.now
      let state = try await stage.database.write { connection in
        try connection.execute("UPDATE verifications SET state = 'needs_a_listener' WHERE id = ?", id.text)
        return try connection.apply(.callAgain, to: id, VerificationTimes(), now: now)?.state
      }
      #expect(state == .requested)
      #expect(try await stage.row().state == .unsure)
    }
  }
}
