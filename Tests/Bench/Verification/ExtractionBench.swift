import Transport
import Verifier

/// 10,000 transcripts whose truth is known: what is read from them, and what the machine would submit on its own.
struct ExtractionBench {
  private static let count = 10_000
  private static let seed: UInt64 = 20_261_122

  func run() -> [Figure] {
    var cases = ExtractionCases(seed: Self.seed)
    let all = (0..<Self.count).map { _ in cases.next() }
    var outcome = Outcome()
    let begun = MonotonicClock.now
    for item in all { outcome.add(item) }
    let seconds = Double(MonotonicClock.now - begun) / 1e9
    func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : 100 * Double(part) / Double(whole) }
    return [
      Figure("extraction_cases", Double(Self.count), "cases"),
      Figure("extraction_wrong_codes", Double(outcome.wrongRead), "codes", atMost: 0),
      Figure("decision_wrong_codes", Double(outcome.wrongSure), "codes", atMost: 0),
      Figure("decision_wrong_drops", Double(outcome.wrongDrops), "calls", atMost: 0),
      Figure("decision_right_of_plain", share(outcome.plainRight, outcome.plain), "%", atLeast: 99),
      Figure("decision_right_of_all_with_a_code", share(outcome.right, outcome.withCode), "%"),
      Figure("decision_to_a_listener", share(outcome.listener, Self.count), "%"),
      Figure("decision_guesses_right", share(outcome.rightGuesses, outcome.guesses), "%"),
      Figure("decision_no_code", share(outcome.noCode, Self.count), "%"),
      Figure("extraction_and_decision", 1e6 * seconds / Double(Self.count), "us/case"),
    ]
  }

  private struct Outcome {
    var (withCode, plain, plainRight, right) = (0, 0, 0, 0)
    var (wrongRead, wrongSure, wrongDrops) = (0, 0, 0)
    var (listener, noCode, guesses, rightGuesses) = (0, 0, 0, 0)

    mutating func add(_ item: ExtractionCase) {
      if item.truth != nil { withCode += 1 }
      if item.isPlain { plain += 1 }
      if let read = item.read, read != item.truth, !item.isLie { wrongRead += 1 }
      switch item.hearing {
      case .sure(let code, _):
        if code == item.truth {
          right += 1
          if item.isPlain { plainRight += 1 }
        } else {
          wrongSure += 1
        }
      case .listener(let guess, _):
        listener += 1
        if let guess {
          guesses += 1
          if guess == item.truth { rightGuesses += 1 }
        }
      case .noCode:
        noCode += 1
        if item.truth != nil { wrongDrops += 1 }
      }
    }
  }
}
