import Contracts

/// The waits of a verification, in milliseconds, and what bounds its tries.
struct VerificationTimes: Sendable {
  /// Silence after which an open verification expires.
  var silence: Int64 = 600_000
  /// The earliest a new code may be asked for: Meta's own limits are hours, not seconds.
  var retry: Int64 = 60_000
  /// The same after a refusal in which Meta names no time.
  var refused = MetaWait.silent
  /// After which a row that nobody works on is looked at again.
  var watch: Int64 = 60_000
  /// Pauses between reads that settle a lost answer: doubled each time.
  var firstRead: Int64 = 2_000
  /// Reads before the person is asked to type the code again.
  var reads = 6
  /// Codes that Meta may refuse before a new verification is needed.
  var refusals = 10

  // The machine's.

  /// From Meta's yes to its call, before it is asked again.
  var call: Int64 = 90_000
  /// From the answer to the recording: 90 s of sound at most, and the carrier's time to store it.
  var recording: Int64 = 120_000
  /// For how long a question that never left is asked again.
  var asking: Int64 = 30_000
  /// What must be left of the interception to ask for another call.
  var leastForCall: Int64 = 60_000
  /// How long a recording waits for a person; Meta does not say how long a code lives.
  var listener: Int64 = 3_600_000
  /// Calls that Meta is asked for in one verification.
  var calls = 3
  /// Pause before a question or a code that never left is sent again, and for how long a code is handed in.
  var again: Int64 = 5_000
  var handingIn: Int64 = 600_000
  /// From the end of a call to asking the carrier for its recording, when nobody told of one; and how often.
  var lookup: Int64 = 10_000
  var lookups = 4
  /// Calls to the number that are answered in one verification; later ones go on to the normal route.
  var answered = 8

  /// How long a verification may stay in `state` before it is looked at.
  func patience(in state: Verification.State, _ answerer: Verification.Answerer) -> Int64 {
    switch (state, answerer) {
    case (.codeRequested, .person): silence
    case (.codeRequested, .machine): call
    case (.callAnswered, _): recording
    case (.needsListener, _): listener
    case (.armed, .machine), (.heard, _): 0
    default: watch
    }
  }
}
