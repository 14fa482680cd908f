import JSON
import TestSupport
import Testing

@testable import SandboxWorld

/// The sandbox's speech server, asked about the sandbox's own calls.
@Suite(.timeLimit(.minutes(2))) struct SandboxSpeechTests {
  /// The file of a call with this script.
  private func record(_ scene: CallScene, _ script: JSONObject) async throws -> [UInt8] {
    let record = try await scene.call(script)
    let sid = try #require(record.recordings.first { $0.status == "completed" }?.sid)
    _ = try await scene.recording(sid)
    return try await scene.carrier("GET", "/Recordings/\(sid).wav").bytes
  }

  private func set(_ scene: CallScene, _ habits: JSONObject) async throws {
    var habits = habits
    habits["reset"] = true
    let answer = try await scene.client.call("PUT", "/control/speech", .object(habits))
    #expect(answer.status == 200, "\(answer.body)")
  }

  private static let words = ("Verification code is 482915. " * 3).dropLast()

  @Test func `what was said is answered in every format`() async throws {
    let scene = try await CallScene.open()
    let file = try await record(scene, ["code": "482915"])
    let plain = try await scene.transcribe(file)
    #expect(plain.status == 200 && plain.body["text"] == .string(String(Self.words)))
    #expect(plain.body["segments"] == nil && plain.body["logprobs"] == nil)
    let text = try await scene.transcribe(file, [("model", "whisper-1"), ("response_format", "text")])
    #expect(text.text == Self.words + "\n")
    let verbose = try await scene.transcribe(
      file,
      [
        ("model", "whisper-1"), ("response_format", "verbose_json"), ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"), ("language", "en"),
      ])
    let segments = verbose.body["segments"]?.array ?? []
    #expect(segments.count == 3 && segments.allSatisfy { $0["text"] == " Verification code is 482915." })
    #expect((segments[0]["avg_logprob"]?.double ?? -9) > -0.15 && (segments[0]["no_speech_prob"]?.double ?? 9) < 0.1)
    let words = verbose.body["words"]?.array ?? []
    #expect(words.map { $0["word"]?.string ?? "" }.prefix(4) == ["Verification", "code", "is", "482915"])
    var times: [Double] = []
    for word in words { times += [word["start"]?.double ?? -1, word["end"]?.double ?? -1] }
    #expect(words.count == 12 && times == times.sorted() && times[0] > 0.5)
    #expect((verbose.body["duration"]?.double ?? 0) > times.last ?? 0)
    let probabilities = try await scene.transcribe(file, [("model", "gpt-4o-transcribe"), ("include[]", "logprobs")])
    #expect(probabilities.body["logprobs"]?.array?.count == 12)
    let refused = try await scene.transcribe(
      file, [("model", "gpt-4o-transcribe"), ("response_format", "verbose_json")])
    #expect(refused.status == 400 && refused.body["error"]?["message"]?.string?.contains("response_format") == true)

    let seen = try await scene.client.call("GET", "/control/speech/requests").body
    #expect(seen["total"] == 4 && seen["requests"]?[0]?["said"] == .string(String(Self.words)))
    #expect(seen["requests"]?[2]?["fields"]?["timestamp_granularities[]"] == "word,segment")
    #expect(seen["requests"]?[0]?["prompt"] == .null)
    await scene.end()
  }

  @Test func `noise, an early end and a customer's words are heard as they are`() async throws {
    let scene = try await CallScene.open()
    let verbose = [("model", "whisper-1"), ("response_format", "verbose_json")]
    func hear(_ script: JSONObject) async throws -> (text: String, confidence: Double, silence: Double) {
      let body = try await scene.transcribe(try await record(scene, script), verbose).body
      return (
        body["text"]?.string ?? "", body["segments"]?[0]?["avg_logprob"]?.double ?? 0,
        body["segments"]?[0]?["no_speech_prob"]?.double ?? 0
      )
    }
    let customer = try await hear(["say": "Hello, I would like 2 pizzas at 7."])
    #expect(customer.text == "Hello, I would like 2 pizzas at 7.")
    let cut = try await hear(["code": "482915", "cut_off_seconds": 4.5])
    #expect(Self.words.hasPrefix(cut.text) && cut.text.hasPrefix("Verification code is 4") && cut.text.count < 28)
    let ringing = try await hear(["code": "482915", "ring_seconds": 3, "repeats": 1])
    #expect(ringing.text == "Verification code is 482915.")
    let hissing = try await hear(["code": "482915", "noise_db": 20, "repeats": 1])
    #expect(hissing.text == "Verification code is 482915." && hissing.confidence > -0.15)
    let unsure = try await hear(["code": "482915", "noise_db": 7, "repeats": 1])
    #expect(unsure.text == "Verification code is 482915." && unsure.confidence < -0.5)
    let noisy = try await hear(["code": "482915", "noise_db": 0, "repeats": 2])
    let codes = noisy.text.split(separator: " ").filter { $0.last == "." }
    #expect(noisy.confidence < -1 && codes.count == 2 && codes[0] == codes[1])
    let deaf = try await hear(["code": "482915", "noise_db": -10, "repeats": 1])
    #expect(deaf.text.isEmpty && deaf.silence > 0.6)
    let hum = try await hear(["silence": true, "silence_seconds": 5, "noise_db": 10])
    #expect(hum.text.isEmpty && hum.silence > 0.6)
    await scene.end()
  }

  @Test func `of sound from elsewhere it hears nothing, or its prompt`() async throws {
    let scene = try await CallScene.open()
    let strange = WAV.file((0..<8_000).map { UInt8(truncatingIfNeeded: $0) })
    let verbose = [("model", "whisper-1"), ("response_format", "verbose_json")]
    let heard = try await scene.transcribe(strange, verbose).body
    #expect(heard["text"] == "" && heard["segments"]?[0]?["no_speech_prob"] == 0.9)
    let echoed = try await scene.transcribe(strange, verbose + [("prompt", "The code is 1 2 3 4 5 6")])
    #expect(echoed.body["text"] == "The code is 1 2 3 4 5 6")
    let seen = try await scene.client.call("GET", "/control/speech/requests").body["requests"]
    #expect(seen?[0]?["said"] == .null && seen?[1]?["prompt"] == "The code is 1 2 3 4 5 6")
    await scene.end()
  }

  @Test func `each mode answers as ordered`() async throws {
    let scene = try await CallScene.open()
    let file = try await record(scene, ["code": "482915"])
    try await set(scene, ["mode": "wrong", "avg_logprob": -0.9])
    let wrong = try await scene.transcribe(file, [("model", "m"), ("response_format", "verbose_json")])
    #expect(wrong.body["text"]?.string == String(("Verification code is 422955. " * 3).dropLast()))
    #expect(wrong.body["segments"]?[1]?["avg_logprob"] == -0.9)
    try await set(scene, ["mode": "text", "text": "my order is 123456", "no_speech_prob": 0.7])
    #expect(try await scene.transcribe(file).body["text"] == "my order is 123456")
    try await set(scene, ["mode": "empty"])
    #expect(try await scene.transcribe(file).body["text"] == "")
    try await set(scene, ["mode": "string_error", "error_status": 200])
    let string = try await scene.transcribe(file)
    #expect(string.status == 200 && string.body["error"]?.string != nil)
    try await set(scene, ["mode": "object_error"])
    let object = try await scene.transcribe(file)
    #expect(object.status == 500 && object.body["error"]?["type"] == "server_error")
    try await set(scene, ["mode": "garbage"])
    let garbage = try await scene.transcribe(file)
    #expect(garbage.status == 200 && garbage.body == .null)
    try await set(scene, ["format_override": "text", "delay_ms": 1])
    #expect(try await scene.transcribe(file).text == Self.words + "\n")
    try await set(scene, ["api_key": "key"])
    #expect(try await scene.transcribe(file).status == 401)
    #expect(try await scene.transcribe(file, key: "key").status == 200)
    try await set(scene, ["mode": "hang"])
    await #expect(throws: (any Error).self) {
      try await limited(to: .milliseconds(300), "an answer") { try await scene.transcribe(file) }
    }
    try await set(scene, [:])
    try scene.world.faults.order(Fault(.status, at: "speech", parameters: .init(status: 503)))
    #expect(try await scene.transcribe(file).status == 503)
    #expect(try await scene.transcribe(file).status == 200)
    for order: JSONValue in [["mode": "odd"], ["avg_logprob": 1], ["format_override": "srt"], ["error_status": 1]] {
      #expect(try await scene.client.call("PUT", "/control/speech", order).status == 400)
    }
    await scene.end()
  }

  @Test func `two servers hear the same and may say different things`() async throws {
    let scene = try await CallScene.open()
    let file = try await record(scene, ["code": "482915", "repeats": 1])
    let wrong = try await scene.client.call("PUT", "/control/speech?server=second", ["mode": "wrong"])
    #expect(wrong.body["mode"] == "wrong")
    #expect(try await scene.client.call("GET", "/control/speech").body["mode"] == "right")
    try scene.world.faults.order(Fault(.status, at: "speech.first"))
    #expect(try await scene.transcribe(file, base: "/second/v1").body["text"] == "Verification code is 422955.")
    #expect(try await scene.transcribe(file).status == 500)
    #expect(try await scene.transcribe(file).body["text"] == "Verification code is 482915.")
    let seen = try await scene.client.call("GET", "/control/speech/requests?server=second")
    #expect(seen.body["total"] == 1 && seen.body["requests"]?[0]?["said"] == "Verification code is 482915.")
    #expect(try await scene.client.call("GET", "/control/speech?server=third").status == 400)
    await scene.end()
  }

  @Test func `requests that are none are refused in OpenAI's words`() async throws {
    let scene = try await CallScene.open()
    let file = WAV.file([UInt8](repeating: 0xFF, count: 800))
    #expect(try await scene.transcribe(file, []).status == 400)
    #expect(try await scene.transcribe(file, type: "application/json").status == 400)
    #expect(try await scene.transcribe(file, type: "multipart/form-data; boundary=other").status == 400)
    #expect(try await scene.transcribe(Array("no sound".utf8)).status == 400)
    #expect(try await scene.transcribe(file, [("model", "m"), ("response_format", "srt")]).status == 400)
    let huge = [UInt8](repeating: 0, count: SpeechServer.fileLimit + (65 << 10))
    #expect(try await scene.transcribe(huge).status == 413)
    await scene.end()
  }

  @Test func `a form is read whatever its parts hold`() throws {
    func form(_ text: String, _ type: String = "multipart/form-data; boundary=\"b b\"") -> MultipartForm? {
      MultipartForm(Array(text.utf8), contentType: type)
    }
    let text =
      "--b b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--b\r\n\r\n-\r\n--b b\r\n"
      + "content-disposition: form-data; name=f; filename=\"x;y\"\r\nContent-Type: a/b\r\n\r\n\r\n--b b--\r\n"
    let read = try #require(form(text))
    #expect(read.text("a") == "--b\r\n\r\n-" && read.parts[1].bytes.isEmpty && read.parts[1].name == "f")
    #expect(read.parts[1].fileName == "x;y")
    for length in 0..<(text.utf8.count - 4) {
      #expect(form(String(decoding: Array(text.utf8.prefix(length)), as: UTF8.self)) == nil)
    }
    #expect(form(text, "multipart/form-data") == nil && form(text, "text/plain; boundary=b") == nil)
    let many = String(repeating: "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", count: 101) + "--b--"
    #expect(form(many, "multipart/form-data; boundary=b") == nil)
  }
}

/// A text so many times.
private func * (text: String, times: Int) -> String { String(repeating: text, count: times) }
