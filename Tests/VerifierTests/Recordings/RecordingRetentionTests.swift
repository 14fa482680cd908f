import Telemetry
import Outbound
import Daemon
import Contracts
import Crypto
import Store
import TestSupport
import Testing
import VerifierHarness
import Wire
import Workers

@testable import Verifier

/// How long sound lives, and that nothing of it is left.
@Suite struct RecordingRetentionTests {
  @Test func `after a day sound and hearing are gone, after thirty the row`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      try await stage.carrierIsEmpty()
      try stage.pass(.seconds(86_399))
      #expect(try await stage.kept() == (1, 1))
      try stage.pass(.seconds(1))
      try await stage.reaches(.deleted)
      #expect(try await stage.kept() == (0, 0))
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.state == .deleted && shown.url == nil && shown.guess == nil)
      try stage.pass(.seconds(29 * 86_400 + 1))
      try await eventually("the row to be forgotten") { try await stage.list(id).isEmpty }
    }
  }

  @Test func `what is deleted leaves no byte in the store's files, and lay there sealed`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      // Text where the samples would be: sound that can be searched for.
      var sound = RecordedSound.tone(2)
      let mark = Array("a mark that nobody would say".utf8)
      sound.replaceSubrange(1_000..<(1_000 + mark.count), with: mark)
      try await stage.record(sound)
      try await stage.reaches(.needsListener, id)
      let sealed = try #require(
        try await stage.database.read { try $0.first("SELECT audio FROM recording_sounds") { try $0.text(0) } })
      let middle = String(sealed.dropFirst(sealed.count / 2).prefix(200))
      let before = try stage.harness.files.databaseBytes(.verifier)
      #expect(before.contains(String(middle.prefix(32))))
      #expect(!before.contains("a mark that nobody would say") && !before.contains("Verification code is"))
      #expect(try await stage.harness.submit("123456", to: id).state == .verified)
      #expect(try await stage.kept() == (0, 0))
      try await eventually("the log to be emptied") {
        try stage.pass(.seconds(1))
        let bytes = try stage.harness.files.databaseBytes(.verifier)
        return stride(from: 0, to: 200, by: 40).allSatisfy { start in
          !bytes.contains(String(middle.dropFirst(start).prefix(32)))
        }
      }
    }
  }

  @Test func `a copy that the carrier does not delete is tried for a day, then reported`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      stage.carrier.order("DELETE /Recordings", .error(20_500, status: 500), .garbage, .error(20_429, status: 429))
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      for failures in 1...2 {
        try await eventually("failure \(failures)") { try await self.deletions(stage).failures == failures }
        #expect(try await self.deletions(stage).due == stage.now + 1_000 << Int64(failures - 1))
        try stage.pass(.seconds(4))
      }
      // It was garbage, but it was not done: the third failure.
      try await eventually("failure 3") { try await self.deletions(stage).failures == 3 }
      for _ in 0..<200 { stage.carrier.order("DELETE /Recordings", .error(20_500, status: 500)) }
      var longest: Int64 = 0
      while let due = try await deletions(stage).due {
        longest = max(longest, due - stage.now)
        let failures = try await deletions(stage).failures
        try stage.pass(.milliseconds(max(1, due - stage.now)))
        try await eventually("another try") {
          let now = try await self.deletions(stage)
          return now.failures > failures || now.due == nil
        }
      }
      #expect(longest == 900_000)
      #expect(!stage.harness.log.ofEvent("recording.left_at_carrier").isEmpty)
      #expect(try await stage.metrics().contains("wss_verifier_recordings_left_total"))
      #expect(stage.carrier.recordings.count == 1)
    }
  }

  private func deletions(_ stage: RecordingStage) async throws -> (failures: Int, due: Int64?) {
    let found = try await stage.database.read { connection in
      try connection.first("SELECT deletions, delete_at FROM recordings") {
        (failures: try $0.int(0), due: try $0.optionalInt64(1))
      }
    }
    return try #require(found)
  }

  @Test func `many that expire at once go in pages`() async throws {
    try await RecordingStage.run(withEngine: false) { stage in
      let id = try await stage.begin()
      let now = stage.now
      let count = 3 * RecordingRetention.page + 7
      try await stage.database.write { connection in
        for index in 0..<count {
          try connection.execute(
            """
            INSERT INTO recordings
              (id, verification_id, call_sid, recording_sid, state, is_at_carrier, expires_at, created_at, updated_at)
            VALUES (?, ?, 'CA1', ?, 'unsure', 0, ?, ?, ?)
            """, "rec_" + ULID.make(milliseconds: now), id.text, "RE-\(index)", now + 1_000, now, now)
        }
      }
      try stage.pass(.seconds(1))
      try await eventually("all to be deleted") {
        try await stage.database.read {
          try $0.first("SELECT count(*) FROM recordings WHERE state = 'deleted'") { try $0.int(0) }
        } == count
      }
    }
  }

  @Test func `sound, hearing and the links' key are sealed where they are declared, each for its place`() async throws {
    try await RecordingStage.run(hearing: .unsure) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.tone(2))
      try await stage.reaches(.needsListener, id)
      let keys = try String(readingFile: stage.harness.files.sealingKeyFile(.verifier))
      let scan = try await SealedScan(stage.database, declared: Schema.sealed, sealedBy: keys)
      #expect(scan.undeclared == [])
      #expect(
        scan.found.isSuperset(of: ["recording_sounds.audio", "recordings.hearing", "listening_keys.secret"]),
        "\(scan.found)")
      #expect(scan.report.isDone && scan.report.unreadable == [], "\(scan.report)")
    }
  }
}
