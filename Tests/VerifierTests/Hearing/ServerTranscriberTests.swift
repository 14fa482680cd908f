import Crypto
import Foundation
import Outbound
import TestSupport
import Testing

@testable import Verifier

@Suite struct ServerTranscriberTests {
  private let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
  private let wav = TestWAV.tone(seconds: 0.1)

  /// Asks a server that gives these answers.
  private func ask(
    _ answers: [ScriptedSpeech.Answer], format: TranscriptionFormat = .verboseJSON, key: Secret? = nil, times: Int = 1,
    limit: Duration = .seconds(20)
  ) async throws -> (results: [Result<Transcript, TranscriberFailure>], questions: [ScriptedSpeech.Question]) {
    let server = try await ScriptedSpeech()
    for answer in answers { server.order(answer) }
    let transcriber = ServerTranscriber(
      ServerTranscriberSettings(
        name: "server", url: server.url + "/v1", model: "small \"en\"", key: key, format: format, timeLimit: limit),
      http: http)
    var results: [Result<Transcript, TranscriberFailure>] = []
    for _ in 0..<times {
      do throws(TranscriberFailure) {
        results.append(.success(try await transcriber.transcribe(wav)))
      } catch {
        results.append(.failure(error))
      }
    }
    await server.stop()
    return (results, server.questions)
  }

  private func transcript(_ answer: ScriptedSpeech.Answer, _ format: TranscriptionFormat = .verboseJSON) async throws
    -> Transcript
  {
    try await ask([answer], format: format).results[0].get()
  }

  private func failure(_ answer: ScriptedSpeech.Answer, _ format: TranscriptionFormat = .verboseJSON) async throws
    -> TranscriberFailure?
  {
    if case .failure(let failure) = try await ask([answer], format: format).results[0] { failure } else { nil }
  }

  // MARK: The question

  @Test func `the question has everything but a prompt`() async throws {
    let (_, questions) = try await ask([.json(#"{"text":""}"#)], key: Secret("key-1"))
    let question = try #require(questions.first)
    #expect(question.path == "/v1/audio/transcriptions")
    #expect(question.authorization == "Bearer key-1")
    #expect(question.file == wav)
    #expect(question.values("model") == ["small \"en\""])
    #expect(question.values("language") == ["en"] && question.values("temperature") == ["0"])
    #expect(question.values("response_format") == ["verbose_json"])
    #expect(question.values("timestamp_granularities[]") == ["segment", "word"])
    #expect(question.values("prompt") == [] && question.values("include[]") == [])
  }

  @Test(arguments: TranscriptionFormat.allCases) func `only what a format knows is asked for`(
    format: TranscriptionFormat
  ) async throws {
    let (_, questions) = try await ask([.json(#"{"text":""}"#)], format: format)
    let question = try #require(questions.first)
    #expect(question.authorization == nil)
    #expect(question.values("response_format") == [format.parameter])
    #expect(question.values("timestamp_granularities[]").isEmpty == (format != .verboseJSON))
    #expect(question.values("include[]") == (format == .jsonWithLogprobs ? ["logprobs"] : []))
  }

  @Test(arguments: [
    ("https://api.openai.com", "https://api.openai.com/v1/audio/transcriptions"),
    ("https://api.openai.com/v1", "https://api.openai.com/v1/audio/transcriptions"),
    ("http://speech:8000/openai/v1", "http://speech:8000/openai/v1/audio/transcriptions"),
    ("http://speech:8000/v1/audio/transcriptions", "http://speech:8000/v1/audio/transcriptions"),
    ("http://speech:8080/inference", "http://speech:8080/inference"),
  ])
  func `a base URL and a full one lead to the same place`(url: String, endpoint: String) {
    #expect(ServerTranscriberSettings.endpoint(url) == endpoint)
  }

  // MARK: Answers

  @Test func `verbose JSON gives text and confidence, which is that of its least sure segment`() async throws {
    let transcript = try await transcript(
      .json(
        """
        {"task":"transcribe","language":"english","duration":"8.2","text":"Verification code is 123456.","segments":[
        {"id":0,"start":0.0,"end":4.0,"text":" Verification code","tokens":[1,2,3],"avg_logprob":-0.1,"no_speech_prob":0.01},
        {"id":1,"start":4.0,"end":8.0,"text":" is 123456.","tokens":[1],"avg_logprob":-0.5,"no_speech_prob":null}],
        "words":[{"word":"Verification","start":0.5,"end":1.25},{"word":"code"},{"start":1,"end":2}]}
        """))
    #expect(transcript.text == "Verification code is 123456.")
    #expect(abs((transcript.confidence ?? 0) - exp(-0.5)) < 1e-9)
  }

  @Test(arguments: [
    // The digits decide, not the easy words beside them; a doubtful easy word is no matter.
    (
      #"[{"word":" code","probability":0.99},{"word":" 123","probability":0.97},{"word":"456","probability":0.3}]"#, 0.3
    ),
    (#"[{"word":"code","probability":0.2},{"word":"123","probability":0.97},{"word":"456","probability":0.9}]"#, 0.9),
    (#"[{"word":"one","probability":0.2},{"word":"123456","probability":0.9}]"#, 0.2),
    // Of half the digits they tell that half is unsure, but not that all are sure.
    (#"[{"word":"123","probability":0.5},{"word":"456"}]"#, 0.5),
    (#"[{"word":"123","probability":0.99},{"word":"456"}]"#, 0.95),
    // No measurement: the segment's own counts.
    (#"[{"word":"123","probability":1},{"word":"456","probability":1}]"#, 0.95),
    (#"[{"word":"123","probability":7},{"word":"456","probability":"0.1"}]"#, 0.95), ("[]", 0.95), ("null", 0.95),
  ])
  func `words with a probability tell how sure the digits are`(words: String, expected: Double) async throws {
    let segment = #"{"text":"code 123456","avg_logprob":\#(log(0.95))"#
    for body in [
      #"{"text":"code 123456","segments":[\#(segment)}],"words":\#(words)}"#,
      #"{"text":"code 123456","segments":[\#(segment),"words":\#(words)}]}"#,
    ] {
      #expect(abs((try await transcript(.json(body)).confidence ?? 0) - expected) < 1e-9, "\(body)")
    }
  }

  @Test func `words alone give a confidence only where no digit is without one`() async throws {
    let whole = #"{"text":"code 12","words":[{"word":"1","probability":0.9},{"word":"2","probability":0.8}]}"#
    #expect(try await transcript(.json(whole)).confidence == 0.8)
    let half = #"{"text":"code 12","words":[{"word":"1","probability":0.9},{"word":"2"}]}"#
    #expect(try await transcript(.json(half)).confidence == nil)
  }

  @Test(arguments: [
    ("code is 654321.", true), ("Hello, are you open?", true), ("seven", true), ("Verification code is", true),
    ("Thank you.", false), ("", false), (" [BLANK_AUDIO]", false),
  ])
  func `digits and words are not forgotten where the engine believes that nobody spoke`(
    text: String, isIncomplete: Bool
  ) async throws {
    let transcript = try await transcript(
      .json(
        """
        {"text":"code is 123456. \(text)","segments":[{"text":"code is 123456.","avg_logprob":-0.1,"no_speech_prob":0.1},
        {"text":"\(text)","avg_logprob":-0.1,"no_speech_prob":0.61}]}
        """))
    #expect(transcript.text == "code is 123456." && transcript.isIncomplete == isIncomplete)
  }

  @Test func `segments in which nobody speaks are left out`() async throws {
    let one = try await transcript(
      .json(
        """
        {"text":"code is 123456. Thank you.","segments":[
        {"text":"code is 123456.","avg_logprob":-0.1,"no_speech_prob":0.6},
        {"text":"Thank you.","avg_logprob":-3,"no_speech_prob":0.61}]}
        """))
    #expect(one.text == "code is 123456." && abs((one.confidence ?? 0) - exp(-0.1)) < 1e-9)
    let none = try await transcript(
      .json(#"{"text":"Thank you.","segments":[{"text":"Thank you.","no_speech_prob":0.9}]}"#))
    #expect(none.text == "" && none.confidence == nil && !none.isIncomplete)
  }

  @Test(arguments: [
    // Missing, a placeholder, a text, one of two, not a probability at all.
    #"{"text":"a","segments":[{"text":"a"}]}"#, #"{"text":"a","segments":[{"text":"a","avg_logprob":0.0}]}"#,
    #"{"text":"a","segments":[{"text":"a","avg_logprob":"-0.1"}]}"#,
    #"{"text":"a","segments":[{"avg_logprob":-0.1},{"text":"a"}]}"#,
    #"{"text":"a","segments":[{"text":"a","avg_logprob":0.7}]}"#, #"{"text":"a","segments":[]}"#,
    #"{"text":"a","segments":null}"#,
    #"{"text":"a"}"#, #"{"text":"a","confidence":0.99}"#, #"{"text":"a","logprobs":[]}"#,
    #"{"text":"a","logprobs":[{"logprob":0}]}"#,
    #"{"text":"a","logprobs":[{"logprob":-0.1},{"token":"b"}]}"#, #"{"text":"a","logprobs":null}"#,
  ])
  func `what does not tell how sure it is counts as unknown`(body: String) async throws {
    let transcript = try await transcript(.json(body))
    #expect(transcript.text == "a" && transcript.confidence == nil)
  }

  @Test(arguments: [
    // Without digits the mean; with digits the least of them, over the parts of a word and not over full stops.
    ("a b", #"[{"token":"a","logprob":-0.1,"bytes":[97]},{"token":" b","logprob":-0.3}]"#, -0.2),
    (
      "code 123456.",
      #"[{"token":"code","logprob":-0.01},{"token":" 123","logprob":-0.02},{"token":"456","logprob":-0.9},{"token":".","logprob":-2}]"#,
      -0.9
    ),
    (
      "code seven",
      #"[{"token":"code","logprob":-0.01},{"token":" se","logprob":-0.02},{"token":"ven","logprob":-0.9}]"#, -0.9
    ),
    ("code 12", #"[{"token":"code","logprob":-3},{"token":" 12","logprob":-0.1}]"#, -1.55),
  ])
  func `log probabilities of tokens give a confidence`(text: String, tokens: String, expected: Double) async throws {
    let transcript = try await transcript(
      .json(#"{"text":"\#(text)","logprobs":\#(tokens)}"#), .jsonWithLogprobs)
    #expect(abs((transcript.confidence ?? 0) - exp(expected)) < 1e-9)
  }

  @Test func `log probabilities of other digits than the text's tell nothing`() async throws {
    let body = #"{"text":"code 123456","logprobs":[{"token":"code","logprob":-0.1},{"token":" 123","logprob":-0.1}]}"#
    #expect(try await transcript(.json(body), .jsonWithLogprobs).confidence == nil)
  }

  @Test(arguments: TranscriptionFormat.allCases) func `each format is read whatever was asked for`(
    format: TranscriptionFormat
  ) async throws {
    let text = "Verification code is 123456."
    for answer: ScriptedSpeech.Answer in [
      .json("{\"text\":\"\(text)\"}"), .json("\n {\"segments\":[{\"text\":\"\(text)\"}]}"), .json("\"\(text)\""),
      .bytes(Array(text.utf8)), .bytes(Array(text.utf8), type: "text/html; charset=utf-8"),
    ] {
      #expect(try await transcript(answer, format).text == text)
    }
    let quoted = try await transcript(.bytes(Array("\"Code\" is 123456".utf8)), format)
    #expect(quoted.text == "\"Code\" is 123456")
    #expect(try await transcript(.json(#"{"text":""}"#), format).text.isBlank)
  }

  @Test func `nothing at all is silence where text was asked for, and a defect elsewhere`() async throws {
    #expect(try await transcript(.bytes([]), .text).text.isBlank)
    #expect(try await transcript(.bytes(Array(" \n".utf8)), .text).text.isBlank)
    #expect(try await failure(.bytes([]), .json) == .unreadable("the answer is empty"))
  }

  @Test(arguments: [
    "{\"text\":", "{}", "{\"text\":null}", "{\"text\":12}", "{\"segments\":[{}]}", "<html>ok</html>",
    "{\"text\":\"a\"}x",
    "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n123456", "1\n00:00:00,000 --> 00:00:04,000\nhello",
    "{\"text\":\"[00:00:00.000 --> 00:00:03.000] code\"}",
  ])
  func `an answer without a transcript is refused`(body: String) async throws {
    guard case .unreadable = try await failure(.json(body)) else {
      Issue.record("\(body) was taken")
      return
    }
  }

  @Test func `text that is not UTF-8 is refused`() async throws {
    #expect(try await failure(.bytes([0x61, 0xFF])) == .unreadable("the text is not UTF-8"))
  }

  @Test func `an answer longer than a megabyte is refused`() async throws {
    let long = [UInt8](repeating: 0x61, count: ServerTranscriber.answerBytes + 1)
    #expect(try await failure(.bytes(long)) == .unreadable("the answer is longer than 1 MB"))
  }

  @Test(arguments: [
    (#"{"error":"failed to read audio data"}"#, 400, "failed to read audio data"),
    (#"{"error":{"message":"Invalid key","type":"invalid_request_error"}}"#, 401, "Invalid key"),
    (#"{"error":{"code":"model_not_found"}}"#, 404, "model_not_found"),
    (#"{"error":{}}"#, 500, "an error without words"),
    (#"{"detail":"Not found"}"#, 404, "Not found"),
    (#"{"detail":[{"loc":["body"],"msg":"Field required"}]}"#, 422, "Field required"),
    (#"{"message":"overloaded"}"#, 503, "overloaded"), ("Bad gateway", 502, "Bad gateway"),
    ("<html>502</html>", 502, "no reason given"),
    ("", 500, "no reason given"), ("[]", 500, "no reason given"),
    // Hidden in a success.
    (#"{"error":"failed to process audio"}"#, 200, "failed to process audio"),
    (#"{"error":{"message":"no"},"text":"x"}"#, 200, "no"),
  ])
  func `an error is read in each of its shapes`(body: String, status: Int, words: String) async throws {
    #expect(try await failure(.json(body, status: status)) == .refused(status: status, words))
  }

  @Test func `null in place of an error is none`() async throws {
    #expect(try await transcript(.json(#"{"text":"a","error":null}"#)).text == "a")
  }

  @Test func `a redirect is not followed`() async throws {
    #expect(try await failure(.json("", status: 302)) == .refused(status: 302, "no reason given"))
  }

  // MARK: The other format

  @Test(arguments: [
    (
      400,
      #"{"error":{"message":"response_format 'verbose_json' is not compatible with model","param":"response_format"}}"#
    ),
    (422, #"{"detail":[{"loc":["body","response_format"],"msg":"value is not a valid member"}]}"#),
  ])
  func `a server without verbose JSON is asked for JSON from then on`(status: Int, refusal: String) async throws {
    let (results, questions) = try await ask(
      [.json(refusal, status: status), .json(#"{"text":"a"}"#), .json(#"{"text":"b"}"#)], times: 2)
    #expect(try results.map { try $0.get().text } == ["a", "b"])
    #expect(questions.flatMap { $0.values("response_format") } == ["verbose_json", "json", "json"])
  }

  @Test func `another refusal is no reason to ask again`() async throws {
    for (status, body) in [(400, #"{"error":"bad model"}"#), (500, #"{"error":"response_format"}"#)] {
      #expect(try await ask([.json(body, status: status)]).questions.count == 1)
    }
    // Nor is the refusal of the plainer one.
    let (results, questions) = try await ask([.json(#"{"error":"response_format"}"#, status: 400)], format: .json)
    #expect(questions.count == 1 && results == [.failure(.refused(status: 400, "response_format"))])
  }

  // MARK: Time

  @Test func `an engine that hangs is left after its time`() async throws {
    let latch = Latch()
    let (results, _) = try await ask([.held(latch)], limit: .milliseconds(300))
    latch.open()
    #expect(results == [.failure(.timedOut)])
  }

  @Test func `an engine that is not there is unreachable`() async throws {
    let server = try await ScriptedSpeech()
    let url = server.url
    await server.stop()
    let transcriber = ServerTranscriber(ServerTranscriberSettings(name: "server", url: url, model: "m"), http: http)
    await #expect {
      try await transcriber.transcribe(wav)
    } throws: {
      guard case .unreachable = $0 as? TranscriberFailure else { return false }
      return true
    }
  }

  @Test func `whoever stops asking is let go at once`() async throws {
    let latch = Latch()
    let server = try await ScriptedSpeech(.held(latch))
    let transcriber = ServerTranscriber(
      ServerTranscriberSettings(name: "server", url: server.url, model: "m"), http: http)
    let task = Task { [wav] in try await transcriber.transcribe(wav) }
    try await server.asked.next()
    task.cancel()
    let result = await task.result
    latch.open()
    await server.stop()
    #expect(throws: TranscriberFailure.stopped) { try result.get() }
  }
}

extension String {
  fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
