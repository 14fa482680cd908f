import Foundation
import JSON
import SandboxWorld
import TestSupport
import Testing

extension EndToEnd {
  /// The operator's own program hears the call.
  @Suite struct ProgramEngineTests {
    @Test func `a program is believed when it is sure, or when a second engine agrees`() async throws {
      let directory = try TemporaryDirectory()
      let said = directory.file("said")
      let program = directory.file("engine")
      // It hears what a file says, and looks whether it was given a recording.
      let script = """
        #!/bin/sh
        [ "$(head -c 4 "$1")" = RIFF ] && exec cat '\(said)'
        """
      try Data(script.utf8).write(to: URL(filePath: program))
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
      let settings = ["TRANSCRIBER_PROGRAM": program, "TRANSCRIBER_PROGRAM_FOLDER": directory.path]

      func hear(_ code: String, _ confidence: Double?) throws {
        let text = Array(repeating: "Verification code is \(code).", count: 3).joined(separator: " ")
        let words = confidence.map { #"{"text":"\#(text)","confidence":\#($0)}"# } ?? text
        try Data(words.utf8).write(to: URL(filePath: said))
      }

      /// A verification whose code the program hears; the number, and the verification once it is `state`.
      func verify(
        _ scene: VerificationScene, _ last: Int, confidence: Double?, until state: String
      ) async throws -> (line: VerificationScene.Line, seen: JSONValue) {
        let line = try await scene.open(last)
        // Time to write down what will be heard once Meta has thought of its code.
        try scene.order(line) { $0.isPlaced = false }
        let id = try await scene.start(line)
        try await scene.wait(for: "code_requested", id)
        try hear(scene.code(of: line), confidence)
        try await scene.call(line, CallScript(code: scene.code(of: line)))
        return (line, try await scene.wait(for: state, id))
      }

      try await VerificationScene.run(engines: "program", settings) { scene in
        let (sure, verified) = try await verify(scene, 1101, confidence: 0.95, until: "verified")
        #expect(verified["answered_by"] == "machine" && scene.submitted(sure) == [scene.code(of: sure): 1])
        for (last, confidence) in [(1102, nil), (1103, 0.5)] as [(Int, Double?)] {
          let (line, waiting) = try await verify(scene, last, confidence: confidence, until: "needs_a_listener")
          #expect(waiting["reason"]?["message"]?.string?.contains("LOW_CONFIDENCE") == true)
          #expect(scene.submitted(line).isEmpty)
        }
      }
      try await VerificationScene.run(engines: "server,program", settings) { scene in
        var unsure = SpeechHabits()
        unsure.averageLogProbability = -0.7
        try scene.world.speech.setHabits(unsure)
        let (agreed, _) = try await verify(scene, 1101, confidence: nil, until: "verified")
        #expect(scene.submitted(agreed) == [scene.code(of: agreed): 1])
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      #expect(Set(left) == ["engine", "said"])
    }
  }
}
