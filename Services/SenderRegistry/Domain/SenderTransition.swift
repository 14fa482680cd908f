import Contracts

/// How a sender's state changes. Pure: who calls it stores what comes out.
enum SenderTransition {
  /// The state after `event`, or why the event is refused in this state. A sender that was switched off by hand stays
  /// offline whatever Meta says; what Meta says is then among its reasons.
  static func apply(
    _ event: SenderEvent, to current: SenderCondition, isEnabled: Bool = true
  ) -> Result<SenderCondition, SenderRefusal> {
    switch event {
    case .disabled: return hasNumber(current, SenderCondition(.offline, switchedOff(current.reasons)))
    case .enabled where isEnabled: return hasNumber(current, current)
    case .enabled:
      return hasNumber(
        current, SenderCondition(.offline, [current.needsReconnect ? .reconnectNeeded : .stateUnread]))
    case _ where isEnabled: return enabled(event, current)
    case .connectRequested: return .failure(.switchedOff)
    default:
      return enabled(event, current).map { SenderCondition(.offline, switchedOff($0.reasons)) }
    }
  }

  private static func enabled(
    _ event: SenderEvent, _ current: SenderCondition
  ) -> Result<SenderCondition, SenderRefusal> {
    let status = current.status
    switch event {
    case .connectRequested:
      // A running onboarding has called Meta already: a second one beside it would spend the register limit.
      return status == .connecting ? .failure(.onboardingRuns) : .success(SenderCondition(.connecting, [.connecting]))
    case .codeNeeded(let reason):
      return onboarding(status, SenderCondition(.pending, [reason]))
    case .codeAccepted:
      return status == .pending || status == .connecting
        ? .success(SenderCondition(.connecting, [.connecting])) : .failure(.notOnboarding)
    case .codeRefused(let reason):
      return status == .pending
        ? .success(SenderCondition(.pending, [.codeNeeded, reason])) : .failure(.notOnboarding)
    case .stepNeeded(let reasons):
      return status == .pending ? .success(SenderCondition(.pending, reasons)) : .failure(.notOnboarding)
    case .onboardingFailed(let reason):
      return onboarding(status, SenderCondition(.failed, [reason]))
    case .reconnectFailed:
      // Nothing changed at Meta: the sender works with the credentials it had.
      return onboarding(status, SenderCondition(.online))
    case .signupStopped(let reason):
      // A sender that works, or an onboarding that runs, does not care for another popup.
      return status == .pending || status == .failed
        ? .success(SenderCondition(.pending, [reason])) : .failure(.notOnboarding)
    case .numberRead(let state, let health):
      return .success(read(state, health))
    case .tokenRefused:
      return hasNumber(current, SenderCondition(.offline, [.reconnectNeeded]))
    case .readRefused(let reason, let isPolicy):
      return hasNumber(current, SenderCondition(isPolicy ? .suspended : .offline, [reason]))
    case .accountBanned(let reason):
      return hasNumber(current, SenderCondition(.suspended, [reason]))
    case .accessLost(let reason):
      return hasNumber(current, SenderCondition(.offline, [reason]))
    case .waitedTooLong(let reason):
      guard status == .pending || status == .connecting else { return .failure(.notOnboarding) }
      let others = current.reasons.filter { $0.code != reason.code }
      return .success(SenderCondition(status, others + [reason]))
    case .disabled, .enabled:
      return hasNumber(current, current)
    }
  }

  /// What Meta's word on a number means. Only `CONNECTED` sends, and only while its health does not say `BLOCKED`.
  private static func read(_ state: MetaNumberState, _ health: MetaHealth) -> SenderCondition {
    guard let reason = state.reason else {
      return health.isBlocked ? SenderCondition(health.blockedStatus, health.reasons) : SenderCondition(.online)
    }
    return SenderCondition(state.status, [reason] + (health.isBlocked ? health.reasons : []))
  }

  private static func onboarding(
    _ status: SenderStatus, _ next: SenderCondition
  ) -> Result<SenderCondition, SenderRefusal> {
    status == .connecting ? .success(next) : .failure(.notOnboarding)
  }

  /// For what concerns a number that was connected once.
  private static func hasNumber(
    _ current: SenderCondition, _ next: SenderCondition
  ) -> Result<SenderCondition, SenderRefusal> {
    switch current.status {
    case .online, .offline, .suspended: .success(next)
    case .pending, .connecting, .failed: .failure(.notConnected)
    }
  }

  private static func switchedOff(_ reasons: [SenderReason]) -> [SenderReason] {
    [.disabledByHand] + reasons.filter { $0.code != SenderReason.disabledByHand.code }
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
  /// Meta told the number's state and health.
  case numberRead(MetaNumberState, health: MetaHealth = .unknown)
  /// Somebody switched the sender off.
  case disabled
  /// Somebody switched the sender on again.
  case enabled
  /// Meta refused the token, again and again.
  case tokenRefused
  /// Meta refused to tell the number's state, again and again; for reasons of policy or because it is gone.
  case readRefused(SenderReason, isPolicy: Bool)
  /// Meta told that it banned the account.
  case accountBanned(SenderReason)
  /// Meta told that the account, the number or our access to it is gone.
  case accessLost(SenderReason)
  /// A step has been missing for longer than the setting allows.
  case waitedTooLong(SenderReason)

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
    case .disabled: "disabled"
    case .enabled: "enabled"
    case .tokenRefused: "token_refused"
    case .readRefused: "read_refused"
    case .accountBanned: "account_banned"
    case .accessLost: "access_lost"
    case .waitedTooLong: "waited_too_long"
    }
  }
}

/// Why an event does not apply.
enum SenderRefusal: Error, Equatable {
  case onboardingRuns
  case notOnboarding
  /// There is no connected number that it could concern.
  case notConnected
  /// Switched off by hand: to be switched on first.
  case switchedOff
}
