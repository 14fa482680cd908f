import JSON
import Outbound
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// Where the machine is not sure a person listens; the machine never guesses.
  @Suite struct ListenerTests {
    @Test func `a noisy call goes to a person, who listens through a link and types the code`() async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        try scene.order(line) { $0.noiseDecibels = 7 }
        let id = try await scene.start(line)
        let waiting = try await scene.wait(for: "needs_a_listener", id, reason: "NEEDS_A_LISTENER")
        #expect(waiting["reason"]?["message"]?.string?.contains("LOW_CONFIDENCE") == true)
        #expect(try await scene.isGivenBack(line, after: id))
        #expect(scene.submitted(line).isEmpty)

        let recording = try #require(try await scene.recordings(of: id).first)
        let code = scene.code(of: line)
        #expect(recording["state"] == "available" && recording["guess"]?["is_guess"] == true)
        #expect(recording["guess"]?["digits"]?.string == code && recording["guess"]?["why"] == "LOW_CONFIDENCE")
        let link = try #require(recording["url"]?.string)
        #expect(link.hasPrefix(scene.product.services.url(.verifier)))
        let part = try await get(link, range: "bytes=0-43")
        #expect(part.status == 206 && part.body.count == 44 && part.body.prefix(4).elementsEqual("RIFF".utf8))
        let whole = try await get(link)
        #expect(whole.status == 200 && whole.headers["Content-Type"] == "audio/wav")
        #expect(part.headers["Content-Range"] == "bytes 0-43/\(whole.body.count)")
        // 8 kHz, µ-law or 16 bits: what is there lasts as long as it says.
        let seconds = recording["seconds"]?.double ?? 0
        #expect(seconds > 5 && Double(whole.body.count) > 8_000 * seconds)
        #expect(try await get(link.replacing("signature=", with: "signature=A")).status == 403)

        let typed = try await scene.type(code.prefix(3) + "-" + code.suffix(3), id)
        #expect(typed["state"] == "verified" && scene.submitted(line) == [code: 1])
        try await eventually("the sound is gone") { try await get(link).status == 410 }
        try await scene.carrierForgets()
      }
    }

    /// The code that the machine hears three times is wrong, and only its confidence tells.
    @Test(arguments: ["low", "none"])
    func `the same wrong code three times is not handed in without confidence`(confidence: String) async throws {
      try await VerificationScene.run { scene in
        let line = try await scene.open()
        var habits = scene.world.speech.habits
        habits.mode = .wrong
        if confidence == "low" { habits.averageLogProbability = -0.7 } else { habits.format = "json" }
        try scene.world.speech.setHabits(habits)
        let id = try await scene.start(line)
        try await scene.wait(for: "needs_a_listener", id)
        let guess = try #require(try await scene.recordings(of: id).first?["guess"])
        let code = scene.code(of: line)
        #expect(guess["why"] == "LOW_CONFIDENCE" && guess["digits"]?.string != code)
        #expect((guess["confidence"] == nil) == (confidence == "none"))
        #expect(scene.submitted(line).isEmpty)
        #expect(try await scene.isGivenBack(line, after: id))
        // A person's mistake costs nothing but the try.
        let wrong = try await scene.type("000000", id)
        #expect(wrong["state"] == "needs_a_listener" && wrong["reason"]?["code"] == "CODE_WRONG")
        #expect(try await scene.type(code, id)["state"] == "verified")
        #expect(scene.submitted(line) == ["000000": 1, code: 1])
      }
    }

    @Test func `two engines that are not sure are believed when they agree, and not when they differ`() async throws {
      try await VerificationScene.run(engines: "server,second_server", ["TRANSCRIBER_TIMEOUT": "1s"]) { scene in
        var unsure = SpeechHabits()
        unsure.averageLogProbability = -0.7
        try scene.world.speech.setHabits(unsure)
        try scene.world.secondSpeech.setHabits(unsure)
        let agreed = try await scene.open(1101)
        let first = try await scene.start(agreed)
        try await scene.wait(for: "verified", first)
        #expect(scene.submitted(agreed) == [scene.code(of: agreed): 1])
        #expect(scene.world.speech.requests.total == 1 && scene.world.secondSpeech.requests.total == 1)

        var wrong = unsure
        wrong.mode = .wrong
        try scene.world.secondSpeech.setHabits(wrong)
        let differing = try await scene.open(1102)
        let second = try await scene.start(differing)
        let waiting = try await scene.wait(for: "needs_a_listener", second)
        #expect(waiting["reason"]?["message"]?.string?.contains("ENGINES_DISAGREE") == true)
        #expect(scene.submitted(differing).isEmpty)

        // The first never answers: the second is asked after its time, and is sure.
        var silent = SpeechHabits()
        silent.mode = .hang
        try scene.world.speech.setHabits(silent)
        try scene.world.secondSpeech.setHabits(SpeechHabits())
        let patient = try await scene.open(1103)
        try await scene.wait(for: "verified", try await scene.start(patient))
        #expect(scene.submitted(patient) == [scene.code(of: patient): 1])
      }
    }

    @Test func `engines that fail, hear nothing or are not there leave it to a person`() async throws {
      try await VerificationScene.run { scene in
        for (last, mode) in [(1104, SpeechHabits.Mode.stringError), (1105, .garbage)] {
          var habits = SpeechHabits()
          habits.mode = mode
          try scene.world.speech.setHabits(habits)
          let line = try await scene.open(last)
          let id = try await scene.start(line)
          let waiting = try await scene.wait(for: "needs_a_listener", id)
          #expect(waiting["reason"]?["message"]?.string?.contains("ENGINE_FAILED") == true)
          #expect(try await scene.type(scene.code(of: line), id)["state"] == "verified")
        }
      }
      // The line is as it should be, and the engine hears nothing in it, or invents something.
      try await VerificationScene.run { scene in
        for (last, mode) in [(1106, SpeechHabits.Mode.empty), (1107, .text)] {
          var habits = SpeechHabits()
          (habits.mode, habits.text) = (mode, "Thank you.")
          try scene.world.speech.setHabits(habits)
          let line = try await scene.open(last)
          let id = try await scene.start(line)
          let waiting = try await scene.wait(for: "needs_a_listener", id)
          #expect(waiting["reason"]?["message"]?.string?.contains("NOTHING_HEARD") == true)
          #expect(waiting["disrupted_calls"] == 0 && scene.submitted(line).isEmpty)
          #expect(try await scene.type(scene.code(of: line), id)["state"] == "verified")
        }
      }
      // A fresh install has no engine.
      try await VerificationScene.run(engines: "") { scene in
        let line = try await scene.open()
        let id = try await scene.start(line)
        let waiting = try await scene.wait(for: "needs_a_listener", id)
        #expect(waiting["reason"]?["message"]?.string?.contains("NO_ENGINE") == true)
        #expect(try await scene.recordings(of: id).first?["guess"]?["digits"] == nil)
        #expect(try await scene.type(scene.code(of: line), id)["state"] == "verified")
      }
    }

    private let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))

    private func get(_ url: String, range: String? = nil) async throws -> OutboundResponse {
      var request = OutboundRequest(method: "GET", url: url, headers: range.map { [(name: "Range", value: $0)] } ?? [])
      request.limits.responseBytes = 4 << 20
      return try await http.send(request)
    }
  }
}
