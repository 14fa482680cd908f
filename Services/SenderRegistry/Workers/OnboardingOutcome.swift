import Contracts
import Store

/// What came of one onboarding step.
enum OnboardingOutcome: Sendable {
  /// Done; `also` is stored in the transaction that says so.
  case done(String, also: @Sendable (Connection) throws -> Void = { _ in })
  case skipped(String)
  /// A person must act first.
  case waiting(SenderReason)
  /// It can never be done.
  case failed(SenderReason)
  /// Not now; Meta may have said when.
  case again(String, afterMilliseconds: Int64?)
}
