import Contracts

/// Which onboarding step comes next. Pure: decided from what the steps' rows say.
enum OnboardingPlan {
  /// What to do now.
  enum Action: Equatable {
    /// Run the step, perhaps again: each looks at Meta's state before it acts.
    case run(OnboardingStep.Name)
    case skip(OnboardingStep.Name, because: String)
    /// The step can never be finished.
    case fail(OnboardingStep.Name, SenderReason)
    case finished
  }

  /// The next action of an attempt whose steps are in `states`; a step without a state was never begun.
  static func next(
    _ states: [OnboardingStep.Name: OnboardingStep.State], hasToken: Bool, isNumberGiven: Bool
  ) -> Action {
    for step in OnboardingStep.Name.allCases {
      switch states[step] {
      case .done, .skipped:
        continue
      case .failed:
        return .finished
      case .started where step == .exchangeCode && !hasToken:
        // The code works once. Its answer is lost, and with it the token.
        return .fail(.exchangeCode, .codeSpent)
      case nil where step == .addNumber && isNumberGiven:
        return .skip(.addNumber, because: "the signup named the number")
      case nil, .waiting, .started:
        return .run(step)
      }
    }
    return .finished
  }
}
