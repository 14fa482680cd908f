import Foundation
import JSON

/// How sure an engine is of what matters in its answer: the least of what it tells of its segments and of the words
/// that stand for digits. A mean would let easy words lift a doubtful digit.
struct TranscriptConfidence {
  /// Nil where the engine does not tell.
  let value: Double?

  /// `segmentLogprobs`: the mean log probability of each segment in which somebody speaks.
  init(_ root: JSONNode, _ text: String, _ segmentLogprobs: [Double?]) {
    let words = Self.probabilities(root)
    let tokens = Self.logprobs(root)
    let known = [Self.least(segmentLogprobs), Self.ofDigits(words, text), tokens.map { $0.least(text) } ?? nil]
      .compactMap { $0 }
    // What tells of some digits only cannot make them all sure, but it can make them unsure.
    let doubts = [words, tokens?.words].compactMap { $0?.digits.map(\.probability).min() }
    value = known.isEmpty ? nil : (known + doubts).min()
  }

  /// A word, or what stands between two spaces, and the least probability of its parts.
  private struct Word {
    var text: String
    var probability: Double

    /// Holds a digit, or a word that may be one.
    var isDigits: Bool {
      SpokenToken.split(text.unicodeScalars[...]).contains { token in
        switch token.kind {
        case .digits: true
        case .word(let word): NumberWord(word) != nil
        case .mark: false
        }
      }
    }
  }

  /// Words whose probability is told.
  private struct Words {
    var all: [Word] = []
    var digits: [Word] { all.filter(\.isDigits) }
    /// As many digits as the text: none is without its probability.
    func coversDigits(of text: String) -> Bool {
      CodeExtraction(all.map(\.text).joined(separator: " ")).digitCount >= CodeExtraction(text).digitCount
    }
  }

  /// Servers that do not measure leave a segment's out or send 0, which would be certainty.
  private static func least(_ segments: [Double?]) -> Double? {
    var least = 0.0
    for segment in segments {
      guard let segment, segment < 0 else { return nil }
      least = min(least, segment)
    }
    return segments.isEmpty ? nil : exp(least)
  }

  private static func ofDigits(_ words: Words?, _ text: String) -> Double? {
    guard let words, words.coversDigits(of: text) else { return nil }
    return words.digits.map(\.probability).min()
  }

  /// Words with a `probability`, beside the text or within the segments as whisper.cpp has them. Nil where there is
  /// none, or where all are certain: that is a placeholder, not a measurement.
  private static func probabilities(_ root: JSONNode) -> Words? {
    var words = Words()
    func add(_ list: JSONNode?) {
      list?.forEachElement { node in
        guard let text = node["word"]?.string ?? node["text"]?.string, let value = node["probability"]?.double,
          (0...1).contains(value)
        else { return }
        words.all.append(Word(text: text, probability: value))
      }
    }
    add(root["words"])
    if words.all.isEmpty { root["segments"]?.forEachElement { add($0["words"]) } }
    return words.all.contains { $0.probability < 1 } ? words : nil
  }

  /// OpenAI's `logprobs`: one for each token of the text, which may be a part of a word.
  private struct Tokens {
    var words = Words()
    var mean: Double

    /// The mean where there are no digits to be sure of.
    func least(_ text: String) -> Double? {
      guard CodeExtraction(text).digitCount > 0 else { return mean }
      return TranscriptConfidence.ofDigits(words, text).map { min($0, mean) }
    }
  }

  private static func logprobs(_ root: JSONNode) -> Tokens? {
    guard let list = root["logprobs"], list.count > 0 else { return nil }
    var (sum, isWhole) = (0.0, true)
    var words = Words()
    list.forEachElement { token in
      guard let value = token["logprob"]?.double, value <= 0 else {
        isWhole = false
        return
      }
      sum += value
      let text = token["token"]?.string ?? ""
      let isSign = !text.unicodeScalars.contains { $0.properties.isAlphabetic || $0.isDecimalDigit }
      // A full stop that might have been a comma says nothing of the digits.
      let probability = isSign ? 1 : exp(value)
      if let first = text.first, !first.isWhitespace, let last = words.all.indices.last {
        words.all[last].text += text
        words.all[last].probability = min(words.all[last].probability, probability)
      } else {
        words.all.append(Word(text: text, probability: probability))
      }
    }
    // Certainty in every token is a placeholder.
    return isWhole && sum < 0 ? Tokens(words: words, mean: exp(sum / Double(list.count))) : nil
  }
}
