import Contracts

/// How a verification moves. Pure: who calls it stores what comes out.
enum VerificationTransition {
  /// The state after `event`; nil when the event comes too late or too early and changes nothing.
  static func apply(
    _ event: VerificationEvent, to state: Verification.State, answeredBy answerer: Verification.Answerer
  ) -> Verification.State? {
    switch event {
    case .codeSent, .codeMaybeSent: return state == (answerer == .machine ? .armed : .requested) ? .codeRequested : nil
    case .submitted: return state.takesCode ? .submitted : nil
    case .refused, .unsettled:
      guard state == .submitted else { return nil }
      // What the machine heard is not tried twice: a person listens to the same recording.
      return answerer == .machine ? .needsListener : .codeRequested
    case .verified: return state.isOpen ? .verified : nil
    case .failed: return state.isOpen ? .failed : nil
    // A code on its way to Meta is settled first.
    case .silent: return state.isOpen && state != .submitted ? .expired : nil
    case .cancelled: return state.isOpen && state != .submitted ? .cancelled : nil
    case .armed, .callAnswered, .recorded, .heard, .unsure, .nothingHeard, .nextCall, .callAgain, .returned:
      return answerer == .machine ? machine(event, state) : nil
    }
  }

  private static func machine(_ event: VerificationEvent, _ state: Verification.State) -> Verification.State? {
    switch (event, state) {
    case (.armed, .requested): .armed
    // The call may be faster than Meta's answer to the request for it.
    case (.callAnswered, .armed), (.callAnswered, .codeRequested): .callAnswered
    case (.recorded, .callAnswered), (.recorded, .codeRequested): .recorded
    // Whatever stops the machine: a recording that is here can still be listened to.
    case (.unsure, .requested), (.unsure, .armed), (.unsure, .codeRequested), (.unsure, .callAnswered),
      (.unsure, .recorded), (.unsure, .heard):
      .needsListener
    // A second call may tell what the first did not.
    case (.heard, .recorded), (.heard, .needsListener): .heard
    case (.nothingHeard, .callAnswered), (.nothingHeard, .recorded): .codeRequested
    case (.nextCall, .codeRequested): .armed
    case (.callAgain, .needsListener): .requested
    case (.returned, .submitted): .heard
    default: nil
    }
  }
}

/// What can happen to a verification.
enum VerificationEvent: String, Sendable, Equatable, CaseIterable {
  /// The number's calls come to us.
  case armed
  /// Meta has sent the code, or will call.
  case codeSent = "code_sent"
  /// Nobody knows whether Meta has sent it.
  case codeMaybeSent = "code_maybe_sent"
  /// A call to the number is being recorded.
  case callAnswered = "call_answered"
  /// Its recording is here.
  case recorded
  /// The machine is sure of the code.
  case heard
  /// It is not, and a person has to listen.
  case unsure
  /// The call brought no code: somebody else's, silence, or a recording that never came. Meta's call may still come.
  case nothingHeard = "nothing_heard"
  /// Meta is asked for another call while the number is still ours.
  case nextCall = "next_call"
  /// A person wants Meta to call again, and the number to be intercepted again.
  case callAgain = "call_again"
  /// A code is about to be handed to Meta.
  case submitted
  /// The code that the machine heard provably never left.
  case returned
  /// Meta did not take the code; another may be tried.
  case refused
  /// Nobody knows whether Meta took the code, and asking did not tell.
  case unsettled
  /// Meta says the number is verified.
  case verified
  /// It can never succeed.
  case failed
  /// Nothing happened for too long, or a newer one took its place.
  case silent
  /// A person ended it.
  case cancelled
}

extension Verification.State {
  /// Open verifications hold their sender: there is one at a time.
  var isOpen: Bool {
    switch self {
    case .verified, .failed, .expired, .cancelled: false
    default: true
    }
  }

  /// Whether the number's calls are ours in this state, or about to be.
  var isIntercepting: Bool {
    switch self {
    case .armed, .codeRequested, .callAnswered, .recorded: true
    default: false
    }
  }

  /// Whether a code may be handed in.
  var takesCode: Bool { self == .heard || self == .needsListener || (isIntercepting && self != .armed) }
}
