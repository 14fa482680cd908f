/// What a caller says and how the line is. A value.
package struct CallScript: Sendable, Equatable {
  /// Meta's announcement with this code; without `say`.
  package var code: String?
  /// Words instead of a code: a customer, or anybody else.
  package var say: String?
  /// How often it is said; three times for a code, once for words.
  package var repeats: Int?
  /// Signal to noise.
  package var noiseDecibels: Double?
  /// The caller hangs up so long after the answer.
  package var cutOffSeconds: Double?
  package var isSilent = false
  package var silenceSeconds = 30.0
  package var ringSeconds = 0.0
  /// The number the caller shows; nil for the usual one.
  package var from: String?
  /// As long as in life, whatever the habits say.
  package var isLive = false
  /// False: Meta never calls.
  package var isPlaced = true
  /// Milliseconds until it rings; nil for the habit.
  package var delay: Int?
  /// What somebody else says who calls at the same time.
  package var secondCaller: String?

  package init() {}

  package init(code: String) { self.code = code }

  package init(say: String) { self.say = say }

  var times: Int { repeats ?? (say == nil ? 3 : 1) }

  /// What somebody with perfect ears would hear of an undisturbed call.
  var words: String {
    if isSilent { return "" }
    return Array(repeating: say ?? "Verification code is \(code ?? "").", count: times).joined(separator: " ")
  }

  func check() throws(ControlFailure) {
    if let code {
      guard (1...12).contains(code.utf8.count), code.utf8.allSatisfy({ (48...57).contains($0) }) else {
        throw ControlFailure("code is 1 to 12 digits")
      }
    }
    for text in [say, secondCaller] {
      guard let text else { continue }
      guard (1...SpeechSynthesiser.textLimit).contains(text.utf8.count), !text.utf8.contains(0) else {
        throw ControlFailure("say is 1 to \(SpeechSynthesiser.textLimit) bytes")
      }
    }
    guard (1...10).contains(times) else { throw ControlFailure("repeats is 1 to 10") }
    guard (-40...80).contains(noiseDecibels ?? 0) else { throw ControlFailure("noise_db is -40 to 80") }
    guard (0.01...600).contains(cutOffSeconds ?? 1) else { throw ControlFailure("cut_off_seconds is 0.01 to 600") }
    guard (0...600).contains(silenceSeconds) else { throw ControlFailure("silence_seconds is at most 600") }
    guard (0...60).contains(ringSeconds) else { throw ControlFailure("ring_seconds is at most 60") }
    guard (0...600_000).contains(delay ?? 0) else { throw ControlFailure("delay_ms is at most 600000") }
    if let from, !(1...100).contains(from.utf8.count) { throw ControlFailure("from is 1 to 100 bytes") }
  }
}
