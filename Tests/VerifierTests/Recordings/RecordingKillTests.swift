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

/// What is true when the process ends between two commits, and another goes on.
@Suite struct RecordingKillTests {
  @Test func `killed while it is fetched: fetched again`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let latch = Latch()
      stage.carrier.order("GET /Recordings", .held(latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await eventually("the carrier to be asked") { stage.carrier.count("GET /Recordings") == 1 }
      try await stage.restarted {
        latch.open()
      } _: { next in
        try await next.reaches(.needsListener, id)
        #expect(next.carrier.count("GET /Recordings") == 2 && next.engine.questions == 1)
        #expect(try await next.steps(id) == ["recorded", "unsure"])
      }
    }
  }

  @Test func `killed while an engine listens: heard again, and being called off was no failure`() async throws {
    try await RecordingStage.run { stage in
      let latch = Latch()
      stage.engine.order(.init(text: "never said", latch: latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await eventually("the engine to be asked") { stage.engine.questions == 1 }
      try await stage.restarted {
        latch.open()
      } _: { next in
        try await next.reaches(.verified, id)
        #expect(next.carrier.count("GET /Recordings") == 1 && next.engine.questions == 2)
        #expect(try await next.steps(id) == ["recorded", "heard", "submitted", "verified"])
        #expect(next.harness.graph.count("POST /1065/verify_code") == 1)
      }
    }
  }

  @Test func `killed before the carrier's copy is deleted: deleted by the next`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let latch = Latch()
      stage.carrier.order("DELETE /Recordings", .held(latch))
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      try await eventually("the carrier to be asked") { stage.carrier.count("DELETE /Recordings") == 1 }
      // Deleted there, and nobody here knows.
      try await stage.restarted {
        #expect(stage.carrier.recordings.isEmpty)
        latch.open()
      } _: { next in
        try await next.carrierIsEmpty()
        #expect(next.carrier.count("DELETE /Recordings") == 2)
        // What was decided is not decided again.
        #expect(next.engine.questions == 1)
      }
    }
  }

  @Test func `killed with a listener waiting: link and guess are still there`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      let before = try #require(try await stage.list(id).first)
      try await stage.restarted { next in
        let after = try #require(try await next.list(id).first)
        #expect(after.guess == before.guess && after.id == before.id)
        // A link of the last life, at the port of this one.
        let path = try #require(before.url?.split(separator: "/v1/").last)
        let sound = try await next.get("http://127.0.0.1:\(next.harness.host.ports.http)/v1/\(path)")
        #expect(sound.status == 200 && sound.body == RecordedSound.tone(2))
      }
    }
  }

  @Test func `announced and never fetched for an hour: the next life tries before it gives up`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      await stage.carrier.stop()
      try await stage.announce("RE1")
      try await eventually("a try") { try await stage.row().tries == 1 }
      let carrier = try await ScriptedCarrier()
      carrier.keep(RecordedSound.tone(2), as: "RE1", of: "CA1", absences: 1)
      await stage.end()
      stage.harness.clock.advance(by: .seconds(3_600))
      let settings = carrier.settings.filter { $0.key != "CARRIER_RETRY" && $0.key != "CARRIER_TRIES" }
      let next = try await VerifierHarness(
        after: stage.harness, settings: settings.merging(stage.engine.settings) { _, new in new })
      try await eventually("the recording to be here") {
        try next.service.wakeWorkers()
        next.clock.advance(by: .milliseconds(50))
        return try await next.database.read { try $0.first("SELECT state FROM recordings") { try $0.text(0) } }
          == "unsure"
      }
      _ = try await next.get(id)
      await next.stop(withOutside: false)
      await carrier.stop()
    }
  }
}
