/// Why the machine does not submit a code on its own. The raw values are stable.
package enum HearingDoubt: String, Sendable, CaseIterable {
  case noEngine = "NO_ENGINE"
  case engineFailed = "ENGINE_FAILED"
  case nothingHeard = "NOTHING_HEARD"
  case enginesDisagree = "ENGINES_DISAGREE"
  case tie = "TIE"
  case rival = "RIVAL"
  case heardOnce = "HEARD_ONCE"
  case foreignWords = "FOREIGN_WORDS"
  case lowConfidence = "LOW_CONFIDENCE"
  case unclear = "UNCLEAR"

  /// One sentence for people.
  package var message: String {
    switch self {
    case .noEngine: "No speech engine is configured."
    case .engineFailed: "A speech engine did not answer, and no other heard a code."
    case .nothingHeard: "No speech engine heard enough words to tell whose call it was."
    case .enginesDisagree: "The engines heard different codes."
    case .tie: "Two codes were heard equally often."
    case .rival: "Another code was heard as well."
    case .heardOnce: "No engine heard the code twice."
    case .foreignWords: "Something else was said than the announcement."
    case .lowConfidence: "No engine is sure enough, and no second one agrees."
    case .unclear: "The digits cannot be read in one way only."
    }
  }
}
