import Contracts
import Foundation

/// Finds the answer to a customer's words among the pairs of a built-in assistant.
enum QuestionMatcher {
  /// The answer of the pair that asks exactly this; else of the pair whose words all occur in the message, the one with
  /// the most words, of equals the earlier one; nil when none fits.
  static func answer(to message: String, among pairs: [Assistant.Pair]) -> String? {
    let said = words(message)
    if said.isEmpty { return nil }
    let vocabulary = Set(said)
    var best: (count: Int, answer: String)?
    for pair in pairs {
      let asked = words(pair.question)
      if asked == said { return pair.answer }
      let needed = Set(asked)
      guard !needed.isEmpty, needed.isSubset(of: vocabulary), needed.count > best?.count ?? 0 else { continue }
      best = (needed.count, pair.answer)
    }
    return best?.answer
  }

  /// The words as they are compared: without case, accents and punctuation. An ideograph or a symbol such as an emoji
  /// is a word of its own: no spaces stand between those.
  static func words(_ text: String) -> [String] {
    // Through the capitals: "ß" and "ss" are one then, and so are the two small sigmas.
    let folded = text.decomposedStringWithCompatibilityMapping.uppercased().lowercased()
      .decomposedStringWithCompatibilityMapping
    var words: [String] = []
    var word = String.UnicodeScalarView()
    func end() {
      if !word.isEmpty { words.append(String(word)) }
      word = String.UnicodeScalarView()
    }
    for scalar in folded.unicodeScalars where !isAccent(scalar) {
      if scalar.properties.isIdeographic || scalar.properties.generalCategory == .otherSymbol {
        end()
        words.append(String(scalar))
      } else if isPartOfWord(scalar) {
        word.append(scalar)
      } else {
        end()
      }
    }
    end()
    return words
  }

  private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
      true
    default: false
    }
  }

  /// Accents over and under letters, and the optional points of Hebrew and Arabic. Not the vowel signs of other
  /// scripts, whose combining classes are others: without them words would be different ones.
  private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
    let combining = scalar.properties.canonicalCombiningClass.rawValue
    return (10...36).contains(combining) || combining >= 200 || scalar.properties.isVariationSelector
  }
}
