import Contracts
import Crypto
import JSON

/// What engines made of a recording, as it is sealed beside it: with the code, so that a stop loses nothing.
struct HearingRecord: Codable, Sendable, Equatable {
  struct Answer: Codable, Sendable, Equatable {
    var engine: String
    /// Cut: people's words, and untrusted ones.
    var transcript: String?
    var confidence: Double?
    /// Why there is no transcript.
    var failure: String?
    /// Whether the code, or the guess, is in it.
    var isWitness: Bool
  }

  static let longestTranscript = 300

  /// The machine is sure of it.
  var code: String?
  /// The best candidate otherwise.
  var guess: String?
  /// Why a person must listen.
  var why: String?
  var answers: [Answer]

  init(_ heard: Engines.Heard) {
    switch heard.hearing {
    case .sure(let code, _): self.code = code
    case .listener(let guess, let doubt):
      self.guess = guess
      why = doubt.rawValue
    case .noCode(let emptiness): why = emptiness.rawValue
    }
    let candidate = code ?? guess
    answers = heard.answers.map { answer in
      switch answer.result {
      case .success(let transcript):
        let isWitness = candidate.map { code in answer.extraction?.codes.contains { $0.digits == code } ?? false }
        return Answer(
          engine: answer.engine, transcript: String(transcript.text.unicodeScalars.prefix(Self.longestTranscript)),
          confidence: transcript.confidence, failure: nil, isWitness: isWitness ?? false)
      case .failure(let failure):
        return Answer(
          engine: answer.engine, transcript: nil, confidence: nil, failure: failure.code, isWitness: false)
      }
    }
  }

  /// The machine was sure, but nothing came of it: what it heard is a guess like any other.
  mutating func demote(_ why: String) {
    (guess, code) = (code ?? guess, nil)
    self.why = why
  }

  func sealed(of id: RecordingID, _ keyring: SealingKeyring) throws -> String {
    keyring.seal(Secret(try JSONCoder.encode(self)), binding: RecordingRow.hearingBinding(id))
  }

  init(opening sealed: String, of id: RecordingID, _ keyring: SealingKeyring) throws {
    self = try JSONCoder.decode(
      HearingRecord.self, from: try keyring.open(sealed, binding: RecordingRow.hearingBinding(id)).bytes)
  }

  /// As a listener sees it. `handedIn` tells that the machine has tried the code.
  func view(handedIn: Bool) -> HearingGuess {
    let answer = answers.first(where: \.isWitness) ?? answers.first { $0.transcript != nil }
    return HearingGuess(
      digits: code ?? guess, transcript: answer?.transcript, engine: answer?.engine, confidence: answer?.confidence,
      why: why ?? (handedIn ? "HANDED_IN" : "SURE"))
  }
}
