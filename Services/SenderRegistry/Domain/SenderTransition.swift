import Contracts

/// How a sender's state changes. Pure: who calls it stores what comes out.
enum SenderTransition {
  /// The state after `event`, or why the event is refused in this state.
  static func apply(_ event: SenderEvent, to status: SenderStatus) -> Result<SenderCondition, SenderRefusal> {
    switch event {
    case .connectRequested:
      // A running onboarding has called Meta already: a second one beside it would spend the register limit.
      status == .connecting ? .failure(.onboardingRuns) : .success(SenderCondition(.connecting))
    case .codeNeeded(let reason):
      onboarding(status, SenderCondition(.pending, [reason]))
    case .codeAccepted:
      status == .pending || status == .connecting ? .success(SenderCondition(.connecting)) : .failure(.notOnboarding)
    case .codeRefused(let reason):
      status == .pending ? .success(SenderCondition(.pending, [.codeNeeded, reason])) : .failure(.notOnboarding)
    case .stepNeeded(let reasons):
      status == .pending ? .success(SenderCondition(.pending, reasons)) : .failure(.notOnboarding)
    case .onboardingFailed(let reason):
      onboarding(status, SenderCondition(.failed, [reason]))
    case .reconnectFailed:
      // Nothing changed at Meta: the sender works with the credentials it had.
      onboarding(status, SenderCondition(.online))
    case .signupStopped(let reason):
      // A sender that works, or an onboarding that runs, does not care for another popup.
      status == .pending || status == .failed
        ? .success(SenderCondition(.pending, [reason])) : .failure(.notOnboarding)
    case .numberRead(let state):
      .success(SenderCondition(state.status, state.reason.map { [$0] } ?? []))
    }
  }

  private static func onboarding(
    _ status: SenderStatus, _ next: SenderCondition
  ) -> Result<SenderCondition, SenderRefusal> {
    status == .connecting ? .success(next) : .failure(.notOnboarding)
  }
}

/// What can happen to a sender.
enum SenderEvent: Equatable {
  /// Somebody handed in what Embedded Signup returned.
  case connectRequested
  /// The onboarding waits until the number is verified.
  case codeNeeded(SenderReason)
  /// The number was verified.
  case codeAccepted
  /// A verification ended without success.
  case codeRefused(SenderReason)
  /// Before the signup something else is to be done, or was done.
  case stepNeeded([SenderReason])
  /// The onboarding ended with an error.
  case onboardingFailed(SenderReason)
  /// An onboarding that began while the sender was online ended before it changed anything.
  case reconnectFailed
  /// Meta's popup was left, or failed.
  case signupStopped(SenderReason)
  /// Meta told the number's state.
  case numberRead(MetaNumberState)

  /// The name in the sender's history.
  var name: String {
    switch self {
    case .connectRequested: "connect_requested"
    case .codeNeeded: "code_needed"
    case .codeAccepted: "code_accepted"
    case .codeRefused: "code_refused"
    case .stepNeeded: "step_needed"
    case .onboardingFailed: "onboarding_failed"
    case .reconnectFailed: "reconnect_failed"
    case .signupStopped: "signup_stopped"
    case .numberRead: "number_read"
    }
  }
}

/// A state with the reasons for it; none while online.
struct SenderCondition: Equatable {
  var status: SenderStatus
  var reasons: [SenderReason]

  init(_ status: SenderStatus, _ reasons: [SenderReason] = []) {
    self.status = status
    self.reasons = reasons
  }
}

/// Why an event does not apply.
enum SenderRefusal: Error, Equatable {
  case onboardingRuns
  case notOnboarding
}
