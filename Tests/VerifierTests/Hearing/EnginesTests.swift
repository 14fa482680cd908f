import Synchronization
import TestSupport
import Testing

@testable import Verifier

@Suite struct EnginesTests {
  private static let thrice = "Verification code is 123456. Verification code is 123456. Verification code is 123456."

  /// Says what it was told to.
  private final class Scripted: Transcriber {
    let name: String
    let timeLimit: Duration
    private let answer: Result<Transcript, TranscriberFailure>?
    private let count = Atomic<Int>(0)
    var asked: Int { count.load(ordering: .relaxed) }

    /// Without an answer it hangs until it is cancelled.
    init(_ name: String, _ answer: Result<Transcript, TranscriberFailure>?, limit: Duration = .seconds(20)) {
      self.name = name
      self.answer = answer
      timeLimit = limit
    }

    func transcribe(_ wav: [UInt8]) async throws(TranscriberFailure) -> Transcript {
      count.add(1, ordering: .relaxed)
      if let answer { return try answer.get() }
      do { try await Task.sleep(for: .seconds(1_000)) } catch {}
      throw .stopped
    }
  }

  @Test func `the second engine is not asked once the first is sure`() async {
    let first = Scripted("first", .success(Transcript(text: Self.thrice, confidence: 0.9)))
    let second = Scripted("second", .success(Transcript(text: "")))
    let heard = await Engines([first, second], minimumConfidence: 0.85).hear([], isSilent: false)
    #expect(heard.hearing == .sure(code: "123456", engines: ["first"]))
    #expect(heard.answers.map(\.engine) == ["first"] && second.asked == 0)
  }

  @Test func `engines are asked in order until two agree`() async {
    let engines = [
      Scripted("a", .failure(.overloaded)), Scripted("b", .success(Transcript(text: Self.thrice))),
      Scripted("c", .success(Transcript(text: Self.thrice))), Scripted("d", .success(Transcript(text: ""))),
    ]
    let heard = await Engines(engines, minimumConfidence: 0.85).hear([], isSilent: false)
    #expect(heard.hearing == .sure(code: "123456", engines: ["b", "c"]))
    #expect(heard.answers.map(\.engine) == ["a", "b", "c"] && engines.map(\.asked) == [1, 1, 1, 0])
    #expect(heard.answers[0].extraction == nil && heard.answers[1].extraction?.best?.count == 3)
  }

  @Test func `where nobody is sure, all have been asked`() async {
    let engines = [Scripted("a", .success(Transcript(text: Self.thrice))), Scripted("b", .failure(.timedOut))]
    let heard = await Engines(engines, minimumConfidence: 0.85).hear([], isSilent: false)
    #expect(heard.hearing == .listener(guess: "123456", .lowConfidence) && heard.answers.count == 2)
  }

  @Test func `an engine that keeps to no limit is left`() async {
    let words = "Hello, two loaves please, if you still have some."
    let engines = [Scripted("a", nil, limit: .milliseconds(50)), Scripted("b", .success(Transcript(text: words)))]
    let heard = await Engines(engines, minimumConfidence: 0.85).hear([], isSilent: false)
    // The one that was trusted might have heard a code.
    #expect(heard.hearing == .listener(guess: nil, .engineFailed))
    guard case .failure(.timedOut) = heard.answers[0].result else {
      Issue.record("\(heard.answers[0].result)")
      return
    }
    #expect(heard.answers[0].milliseconds >= 500)
  }

  @Test func `nobody is asked about silence, and no engine means a listener`() async {
    let engine = Scripted("a", .success(Transcript(text: Self.thrice, confidence: 1)))
    let heard = await Engines([engine], minimumConfidence: 0.85).hear([], isSilent: true)
    #expect(heard.hearing == .noCode(.silence) && engine.asked == 0)
    let none = await Engines([], minimumConfidence: 0.85).hear([], isSilent: false)
    #expect(none.hearing == .listener(guess: nil, .noEngine) && none.answers.isEmpty)
  }

  @Test func `whoever stops asking is not kept waiting`() async throws {
    let engines = Engines([Scripted("a", nil), Scripted("b", nil)], minimumConfidence: 0.85)
    let task = Task { await engines.hear([], isSilent: false) }
    task.cancel()
    let heard = try await limited(to: .seconds(10), "the end") { await task.value }
    #expect(heard.hearing == .listener(guess: nil, .engineFailed))
  }
}
