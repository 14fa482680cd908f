import Verifier

/// What engines made of one call whose truth is known, because it was made up from it.
struct ExtractionCase {
  /// What was done to the announcement on its way.
  enum Kind: String, CaseIterable {
    /// Said three times, each time written in some way.
    case clean
    /// As clean, but the engine is not sure, or does not say; sometimes a second one hears the same.
    case unsure
    /// The recording begins late or ends early, amid a word or a number.
    case cut
    /// A digit lost or doubled, once or each time.
    case wrongLength
    /// A digit heard wrongly in one of the three.
    case rival
    /// Two codes equally often.
    case tie
    /// The same wrong code three times, from an engine that is not sure: a synthetic voice repeats its mistakes.
    case sameMistake
    /// One announcement only, sometimes wrong, from an engine that is sure.
    case once
    /// Words among the announcements: fillers, politeness, what engines invent.
    case noise
    /// Numbers that can be read in two ways.
    case ambiguous
    /// An engine caught in a loop, sure of itself.
    case loop
    /// Somebody else calls, and has numbers of his own.
    case customer
    /// Two engines that heard different things.
    case engines
    /// Meta's call on a line so bad that engines hear nothing in it, invent something, or give up.
    case unheard
  }

  let kind: Kind
  /// The code that was said; nil where none was.
  let truth: String?
  /// Nil text: that engine failed.
  let answers: [(text: String?, confidence: Double?)]
  /// Whether a careful person with only these texts would still submit the code.
  let isPlain: Bool
  /// The text itself is a lie that only confidence gives away.
  let isLie: Bool

  /// From which confidence an engine is trusted.
  static let minimumConfidence = 0.85

  /// What the machine decides.
  var hearing: Hearing {
    Hearing(
      answers.enumerated().map { index, answer in
        EngineAnswer(
          engine: "engine\(index)",
          result: answer.text.map { .success(Transcript(text: $0, confidence: answer.confidence)) }
            ?? .failure(.timedOut))
      }, minimumConfidence: Self.minimumConfidence)
  }

  /// The code that the texts alone give: heard twice in one that announces it, without a rival in any.
  var read: String? {
    let found = answers.compactMap { $0.text.map { CodeExtraction($0) } }
    let codes = Set(found.flatMap { $0.codes.map(\.digits) })
    guard codes.count == 1, let code = codes.first else { return nil }
    return found.contains { ($0.codes.first?.count ?? 0) >= 2 && $0.foreignCount == 0 && $0.isAnnounced } ? code : nil
  }
}
