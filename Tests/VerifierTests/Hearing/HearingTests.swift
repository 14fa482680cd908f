import Testing

@testable import Verifier

@Suite struct HearingTests {
  private static let thrice = "Verification code is 123456. Verification code is 123456. Verification code is 123456."
  private static let other = "Verification code is 654321. Verification code is 654321. Verification code is 654321."
  private static let once = "Verification code is 123456."

  /// An engine's answer by its text and confidence; nil text: it failed.
  private func decide(
    _ answers: [(text: String?, confidence: Double?)], minimum: Double = 0.85, isSilent: Bool = false
  ) -> Hearing {
    Hearing(
      answers.enumerated().map { index, answer in
        EngineAnswer(
          engine: "engine\(index)",
          result: answer.text.map { .success(Transcript(text: $0, confidence: answer.confidence)) }
            ?? .failure(.timedOut))
      }, minimumConfidence: minimum, isSilent: isSilent)
  }

  // MARK: Sure

  @Test func `a code heard twice by a confident engine is sure`() {
    #expect(decide([(Self.thrice, 0.9)]) == .sure(code: "123456", engines: ["engine0"]))
    #expect(decide([(Self.thrice, 0.85)]) == .sure(code: "123456", engines: ["engine0"]))
    #expect(decide([(Self.once + Self.once, 0.9)]) == .sure(code: "123456", engines: ["engine0"]))
  }

  @Test func `a code heard twice by two engines is sure without any confidence`() {
    #expect(
      decide([(Self.thrice, nil), (Self.thrice, nil)]) == .sure(code: "123456", engines: ["engine0", "engine1"]))
    #expect(
      decide([(Self.thrice, 0.1), ("123456. 123456", nil)]) == .sure(code: "123456", engines: ["engine0", "engine1"]))
  }

  @Test func `an engine that failed or heard nothing does not speak against one that is confident`() {
    #expect(decide([(nil, nil), (Self.thrice, 0.9)]) == .sure(code: "123456", engines: ["engine1"]))
    #expect(decide([("", 0.9), (Self.thrice, 0.9)]) == .sure(code: "123456", engines: ["engine1"]))
    // Heard once with little confidence, in full by the other.
    #expect(decide([(Self.once, 0.2), (Self.thrice, 0.9)]) == .sure(code: "123456", engines: ["engine1"]))
  }

  @Test func `a repeat that the recording cut off does not hinder`() {
    #expect(
      decide([("3456. " + Self.thrice + " Verification code is 12", 0.9)])
        == .sure(code: "123456", engines: ["engine0"]))
  }

  // MARK: A listener

  @Test(arguments: [
    "The code is 482913. The code is 482913.", "Code is 482913. Your code is 482913. Code is 482913.",
    "The WhatsApp is 482913. WhatsApp is 482913.", "Verification is 482913. Verification is 482913.",
    "Your app code is 482913. The app code is 482913.", "Your WhatsApp is the code 482913. The code is 482913.",
  ])
  func `a code that is not announced as Meta's is somebody else's, and a person hears it`(text: String) {
    #expect(decide([(text, 0.99)]) == .listener(guess: "482913", .unclear))
    #expect(decide([(text, 0.99), (text, 0.98)]) == .listener(guess: "482913", .unclear))
  }

  @Test func `what another engine heard instead of the code speaks against it`() {
    for foreign in ["Hello, the shop is open until six.", "Thanks for watching.", "Hello?"] {
      #expect(decide([(foreign, 0.9), (Self.thrice, 0.99)]) == .listener(guess: "123456", .foreignWords), "\(foreign)")
      #expect(
        decide([(foreign, nil), (Self.thrice, 0.5), (Self.thrice, 0.5)])
          == .listener(guess: "123456", .foreignWords), "\(foreign)")
    }
  }

  @Test func `two answers of one place that are the same to the letter are one witness`() {
    func answer(_ engine: String, _ source: String, _ confidence: Double?, _ text: String = Self.thrice) -> EngineAnswer
    {
      EngineAnswer(engine: engine, source: source, result: .success(Transcript(text: text, confidence: confidence)))
    }
    func decide(_ answers: EngineAnswer...) -> Hearing { Hearing(answers, minimumConfidence: 0.85) }
    let alone = Hearing.listener(guess: "123456", .lowConfidence)
    let agreed = Hearing.sure(code: "123456", engines: ["a", "b"])
    #expect(decide(answer("a", "http://w", 0.5), answer("b", "http://w", 0.5)) == alone)
    #expect(decide(answer("a", "http://w", nil), answer("b", "http://w", nil)) == alone)
    #expect(decide(answer("a", "https://w", 0.5), answer("b", "https://w", 0.51)) == agreed)
    #expect(decide(answer("a", "https://w", 0.5), answer("b", "https://w", 0.5, Self.once + Self.once)) == agreed)
    #expect(decide(answer("a", "http://w", nil), answer("b", "http://v", nil)) == agreed)
  }

  @Test func `what an engine left out may have been another code`() {
    let incomplete = EngineAnswer(
      engine: "a", result: .success(Transcript(text: Self.thrice, confidence: 0.99, isIncomplete: true)))
    #expect(Hearing([incomplete], minimumConfidence: 0.85) == .listener(guess: "123456", .unclear))
    // Nor is a call thrown away whose words were left out.
    let words = "Hello, is this the bakery? I wanted to ask for two loaves."
    let left = EngineAnswer(engine: "a", result: .success(Transcript(text: words, isIncomplete: true)))
    #expect(Hearing([left], minimumConfidence: 0.85) == .listener(guess: nil, .unclear))
  }

  @Test func `repeats alone are not enough`() {
    for confidence in [nil, 0, 0.5, 0.849] as [Double?] {
      #expect(decide([(Self.thrice, confidence)]) == .listener(guess: "123456", .lowConfidence))
    }
    // A second engine agrees only by hearing it twice itself.
    #expect(decide([(Self.thrice, 0.5), (Self.once, 0.5)]) == .listener(guess: "123456", .lowConfidence))
    #expect(decide([(Self.thrice, 0.5), (Self.once, 0.99)]) == .listener(guess: "123456", .lowConfidence))
  }

  @Test(arguments: [Double.nan, .infinity, -1, 1.01, 1e308]) func `a confidence that is none counts as unknown`(
    value: Double
  ) {
    #expect(decide([(Self.thrice, value)]) == .listener(guess: "123456", .lowConfidence))
  }

  @Test func `one engine asked twice does not agree with itself`() {
    let answer = EngineAnswer(engine: "server", result: .success(Transcript(text: Self.thrice)))
    #expect(Hearing([answer, answer], minimumConfidence: 0.85) == .listener(guess: "123456", .lowConfidence))
  }

  @Test func `a code heard once is a guess, however confident`() {
    #expect(decide([(Self.once, 1)]) == .listener(guess: "123456", .heardOnce))
    #expect(decide([(Self.once, 1), (Self.once, 1)]) == .listener(guess: "123456", .heardOnce))
  }

  @Test func `a rival spoils a code in any engine`() {
    #expect(decide([(Self.thrice + " Verification code is 123465.", 1)]) == .listener(guess: "123456", .rival))
    #expect(decide([(Self.once + " Verification code is 123465.", 1)]) == .listener(guess: nil, .tie))
    #expect(decide([(Self.thrice, 1), (Self.other, 0.1)]) == .listener(guess: nil, .enginesDisagree))
    #expect(decide([(Self.thrice, 1), ("Code is 654321", 0.1)]) == .listener(guess: "123456", .enginesDisagree))
    #expect(
      decide([(Self.thrice, 1), (Self.thrice, 1), ("code is 654321", nil)])
        == .listener(guess: "123456", .enginesDisagree))
  }

  @Test func `a foreign word in a transcript that holds the code spoils it`() {
    #expect(decide([(Self.thrice + " Thank you.", 1)]) == .listener(guess: "123456", .foreignWords))
    #expect(decide([(Self.thrice, 0.5), (Self.thrice + " Bye.", 0.5)]) == .listener(guess: "123456", .foreignWords))
    // Also where the engine with the foreign word was not needed.
    #expect(decide([(Self.thrice, 1), (Self.once + " Bye.", 0.5)]) == .listener(guess: "123456", .foreignWords))
  }

  @Test func `digits that cannot be the code spoil it`() {
    #expect(decide([(Self.thrice + " Verification code is 98765.", 1)]) == .listener(guess: "123456", .unclear))
    #expect(decide([(Self.thrice, 1), ("Verification code is 99", 1)]) == .listener(guess: "123456", .unclear))
    #expect(
      decide([(Self.thrice, 1), ("Verification code is twenty, one", 1)]) == .listener(guess: "123456", .unclear))
    #expect(decide([("Verification code is 12345.", 1)]) == .listener(guess: nil, .unclear))
    #expect(decide([("Verification code is", 1)]) == .listener(guess: nil, .unclear))
  }

  @Test func `an engine's loop is no announcement`() {
    // Bare digits, and far too many repeats.
    #expect(decide([("123456. 123456. 123456.", 1)]) == .listener(guess: "123456", .unclear))
    let loop = String(repeating: "Verification code is 123456. ", count: 7)
    #expect(decide([(loop, 1)]) == .listener(guess: "123456", .unclear))
    #expect(decide([(String(loop.dropLast(Self.once.count + 1)), 1)]) == .sure(code: "123456", engines: ["engine0"]))
    #expect(decide([(String(repeating: "0 ", count: 12), 1)]) == .listener(guess: nil, .unclear))
  }

  @Test func `a transcript longer than can be looked at is not trusted`() {
    let long = Self.thrice + String(repeating: " ", count: CodeExtraction.textLimit)
    #expect(decide([(long, 1)]) == .listener(guess: "123456", .unclear))
    // Nor is it thrown away for what its beginning lacks.
    #expect(decide([(String(repeating: "hello ", count: 2_000), 1)]) == .listener(guess: nil, .unclear))
  }

  @Test func `without an answer somebody listens`() {
    #expect(decide([]) == .listener(guess: nil, .noEngine))
    #expect(decide([(nil, nil), (nil, nil)]) == .listener(guess: nil, .engineFailed))
  }

  // MARK: No code

  @Test func `a call without a trace of a code is no announcement`() {
    #expect(decide([("Hello, is this the bakery? I wanted to ask for two loaves.", 1)]) == .noCode(.noAnnouncement))
    #expect(decide([("", nil), ("Hello, is this the bakery?", 1)]) == .noCode(.noAnnouncement))
    // Into a line on which nobody speaks.
    #expect(decide([("Hello? Hello?", 0.9)]) == .noCode(.noAnnouncement))
    #expect(decide([("Hello? Hello? Code 12.", 0.9)]) != .noCode(.noAnnouncement))
  }

  @Test(arguments: [
    "", " ", "…", "[BLANK_AUDIO]", "Thank you.", "Thank you. Thank you very much. Bye-bye.", "Thanks for watching!",
    "♪♪♪", "(upbeat music playing in the room)", "[MUSIC] you", "Please subscribe to my channel.",
    "I'll see you in the next video.",
    "Subtitles by the Amara.org community", "Hello?", "Is this?",
  ])
  func `a call in which an engine heard nothing, or invented something, is not thrown away`(text: String) {
    #expect(decide([(text, 0.9)]) == .listener(guess: nil, .nothingHeard))
    #expect(decide([(text, nil), ("", nil)]) == .listener(guess: nil, .nothingHeard))
  }

  @Test func `a call is not thrown away while an engine has not answered`() {
    let customer = "Hello, is this the bakery? I wanted to ask for two loaves."
    #expect(decide([(nil, nil), (customer, 1)]) == .listener(guess: nil, .engineFailed))
    #expect(decide([("", nil), (nil, nil)]) == .listener(guess: nil, .engineFailed))
    #expect(decide([(customer, 1), ("", nil)]) == .noCode(.noAnnouncement))
  }

  @Test func `inventions are told from speech`() {
    #expect(InventedSpeech.isAll(of: "Don’t forget to subscribe. THE END"))
    #expect(!InventedSpeech.isAll(of: "Thank you, a table for two please"))
    #expect(!InventedSpeech.isAll(of: "Thank you 4"))
    #expect(InventedSpeech.isAll(of: String(repeating: "Thank you. ", count: 500)))
  }

  @Test func `a trace of a code in one engine is enough for somebody to listen`() {
    #expect(decide([("Hello?", 1), ("code", 1)]) == .listener(guess: nil, .unclear))
    #expect(decide([("Hello, my number is four five six", 1)]) == .listener(guess: nil, .unclear))
    #expect(decide([("Hello?", 1), ("eh one eh two eh three", 1)]) == .listener(guess: nil, .unclear))
  }

  @Test func `a silent recording has no code, whatever failed`() {
    #expect(decide([], isSilent: true) == .noCode(.silence))
    #expect(decide([(nil, nil)], isSilent: true) == .noCode(.silence))
    #expect(decide([("Thank you", 1)], isSilent: true) == .noCode(.silence))
    // An engine that heard something keeps it from being thrown away.
    #expect(decide([(Self.once, 1)], isSilent: true) == .listener(guess: "123456", .heardOnce))
  }

  // MARK: What may be logged

  @Test func `no description holds a code or a word that was said`() {
    let values: [Any] = [
      decide([(Self.thrice, 1)]), decide([(Self.once, 1)]), Transcript(text: Self.thrice), CodeExtraction(Self.thrice),
      EngineAnswer(engine: "server", result: .success(Transcript(text: Self.thrice))),
    ]
    for value in values {
      var text = ""
      dump(value, to: &text)
      text += "\(value)" + String(reflecting: value)
      #expect(!text.contains("123456") && !text.contains("Verification code"), "\(text)")
    }
  }

  @Test func `each doubt has its words`() {
    #expect(Set(HearingDoubt.allCases.map(\.message)).count == HearingDoubt.allCases.count)
    #expect(HearingDoubt.allCases.allSatisfy { $0.message.hasSuffix(".") })
  }
}
