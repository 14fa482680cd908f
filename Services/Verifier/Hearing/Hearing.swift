/// The decision: what may be done with what the engines heard. Pure.
///
/// The machine is sure of a code that some engine heard at least twice, announced as Meta does, with no rival and
/// nothing foreign in any engine's transcript, when that engine is confident **or** a second engine heard it at least
/// twice as well. Repeats alone prove nothing: a synthetic voice says the code the same way each time, so the same
/// mistake comes back each time.
///
/// A call is thrown away only where it is plain that it was somebody else's: every engine answered, and one has enough
/// words for that. What an engine makes of a bad line, nothing or an invention, is no proof.
package enum Hearing: Sendable, Equatable {
  /// Submit it. `engines` heard it twice or more.
  case sure(code: String, engines: [String])
  /// Somebody listens. `guess` is the best candidate and no more than that.
  case listener(guess: String?, HearingDoubt)
  /// This is no announcement.
  case noCode(Emptiness)

  package enum Emptiness: String, Sendable {
    /// The recording is silent.
    case silence = "SILENCE"
    /// Something was said, and no part of an announcement.
    case noAnnouncement = "NO_ANNOUNCEMENT"
  }

  /// Times a code must be heard by one engine.
  static let repeats = 2
  /// The announcement comes three times; an engine that heard it this often is caught in a loop.
  static let loopRepeats = 7
  /// Fewer digits than these, without a word of the announcement, are no trace of a code.
  static let traceDigits = 3
  /// Words that are not the announcement's, from which on it is plain that somebody else spoke.
  static let plainWords = 3

  /// `isSilent` tells that the recording itself holds no sound (`WAVFile.isSilent`).
  package init(_ answers: [EngineAnswer], minimumConfidence: Double, isSilent: Bool = false) {
    let heard = answers.compactMap { answer in answer.extraction.map { (answer, $0) } }
    let isEmpty = heard.allSatisfy { answer, found in
      !found.mentionsCode && found.digitCount < Self.traceDigits && !found.isCut
        && answer.transcript?.isIncomplete != true
    }
    if isSilent, isEmpty {
      self = .noCode(.silence)
    } else if heard.isEmpty {
      self = .listener(guess: nil, answers.isEmpty ? .noEngine : .engineFailed)
    } else if !isEmpty {
      self = Self.judge(heard, minimumConfidence)
    } else if heard.count < answers.count {
      self = .listener(guess: nil, .engineFailed)
    } else if heard.contains(where: { Self.isPlainSpeech($0) }) {
      self = .noCode(.noAnnouncement)
    } else {
      self = .listener(guess: nil, .nothingHeard)
    }
  }

  private static func isPlainSpeech(_ heard: (answer: EngineAnswer, found: CodeExtraction)) -> Bool {
    let text = heard.answer.transcript?.text ?? ""
    // What everybody says into a line on which nobody speaks; Meta's announcement greets nobody.
    if InventedSpeech.greetings(in: text) >= 2 { return true }
    return heard.found.foreignCount >= plainWords && !InventedSpeech.isAll(of: text)
  }

  private static func judge(_ heard: [(EngineAnswer, CodeExtraction)], _ minimumConfidence: Double) -> Hearing {
    if let rivalry = rivalry(heard.map(\.1)) { return .listener(guess: guess(heard.map(\.1)), rivalry) }
    guard let code = heard.lazy.compactMap({ $1.codes.first }).first?.digits else {
      return .listener(guess: nil, .unclear)
    }
    let witnesses = heard.filter { !$1.codes.isEmpty }
    let firm = witnesses.filter { $1.codes[0].count >= repeats }
    func doubt(_ why: HearingDoubt) -> Hearing { .listener(guess: code, why) }
    if firm.isEmpty { return doubt(.heardOnce) }
    if heard.contains(where: { $0.transcript?.isIncomplete == true || $1.isAmbiguous || $1.speaksAgainst(code) }) {
      return doubt(.unclear)
    }
    // Also of an engine that heard no code: what it heard instead may have been said.
    if heard.contains(where: { $1.foreignCount > 0 }) { return doubt(.foreignWords) }
    // Bare digits are what an engine's loop on noise looks like; a code of another sort is announced in other words.
    guard firm.contains(where: { $1.isAnnounced }),
      witnesses.allSatisfy({ !$1.isCut && $1.codes[0].count < loopRepeats })
    else { return doubt(.unclear) }
    let isConfident = firm.contains { answer, _ in
      guard let confidence = answer.transcript?.confidence else { return false }
      return confidence >= minimumConfidence
    }
    let engines = independent(firm.map(\.0)).map(\.engine)
    return isConfident || engines.count >= 2 ? .sure(code: code, engines: engines) : doubt(.lowConfidence)
  }

  /// Without those that are another's answer once more: of the same engine, or of the same server, which ignores what
  /// model it is asked for, word for word and as sure.
  private static func independent(_ answers: [EngineAnswer]) -> [EngineAnswer] {
    var kept: [EngineAnswer] = []
    for answer in answers {
      let isAgain = kept.contains {
        $0.engine == answer.engine || ($0.source, $0.transcript) == (answer.source, answer.transcript)
      }
      if !isAgain { kept.append(answer) }
    }
    return kept
  }

  /// More than one code in all, and between whom.
  private static func rivalry(_ heard: [CodeExtraction]) -> HearingDoubt? {
    if heard.contains(where: { $0.codes.count > 1 && $0.best == nil }) { return .tie }
    if heard.contains(where: { $0.codes.count > 1 }) { return .rival }
    return Set(heard.flatMap { $0.codes.map(\.digits) }).count > 1 ? .enginesDisagree : nil
  }

  /// The code with the most repeats over all engines; nil where two have as many.
  private static func guess(_ heard: [CodeExtraction]) -> String? {
    var counts: [String: Int] = [:]
    for code in heard.flatMap(\.codes) { counts[code.digits, default: 0] += code.count }
    guard let most = counts.max(by: { $0.value < $1.value }) else { return nil }
    return counts.values.count { $0 == most.value } == 1 ? most.key : nil
  }
}

extension Hearing: CustomStringConvertible, CustomReflectable {
  /// Without the code.
  package var description: String {
    switch self {
    case .sure(_, let engines): "sure (\(engines.joined(separator: ", ")))"
    case .listener(let guess, let doubt): "listener (\(doubt.rawValue)\(guess == nil ? "" : ", with a guess"))"
    case .noCode(let why): "no code (\(why.rawValue))"
    }
  }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
