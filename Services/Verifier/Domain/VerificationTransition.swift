import Contracts

/// How a verification moves. Pure: who calls it stores what comes out.
enum VerificationTransition {
  /// The state after `event`; nil when the event comes too late or too early and changes nothing.
  static func apply(_ event: VerificationEvent, to state: Verification.State) -> Verification.State? {
    switch (event, state) {
    case (.codeSent, .requested), (.codeMaybeSent, .requested): .codeRequested
    case (.submitted, .codeRequested): .submitted
    case (.refused, .submitted), (.unsettled, .submitted): .codeRequested
    case (.verified, .requested), (.verified, .codeRequested), (.verified, .submitted): .verified
    case (.failed, .requested), (.failed, .codeRequested), (.failed, .submitted): .failed
    case (.silent, .codeRequested): .expired
    default: nil
    }
  }
}

/// What can happen to a verification.
enum VerificationEvent: Sendable, Equatable, CaseIterable {
  /// Meta has sent the code.
  case codeSent
  /// Nobody knows whether Meta has sent it.
  case codeMaybeSent
  /// A code is about to be handed to Meta.
  case submitted
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
}

extension Verification.State {
  /// Open verifications hold their sender: there is one at a time.
  var isOpen: Bool { self == .requested || self == .codeRequested || self == .submitted }
}
