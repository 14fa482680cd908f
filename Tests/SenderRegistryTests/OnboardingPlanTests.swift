import Contracts
import Testing

@testable import SenderRegistry

@Suite struct OnboardingPlanTests {
  private typealias Name = OnboardingStep.Name

  private func next(
    _ states: [OnboardingStep.Name: OnboardingStep.State], hasToken: Bool = true, isNumberGiven: Bool = true
  ) -> OnboardingPlan.Action {
    OnboardingPlan.next(states, hasToken: hasToken, isNumberGiven: isNumberGiven)
  }

  @Test func `the steps follow each other in their order`() {
    var states: [OnboardingStep.Name: OnboardingStep.State] = [:]
    for step in Name.allCases {
      #expect(next(states, hasToken: step != .exchangeCode, isNumberGiven: false) == .run(step))
      states[step] = .done
    }
    #expect(next(states) == .finished)
  }

  @Test func `a number that the signup named is not added`() {
    let states: [OnboardingStep.Name: OnboardingStep.State] = [.exchangeCode: .done, .checkToken: .done]
    guard case .skip(.addNumber, _) = next(states) else {
      Issue.record("expected add_number to be skipped")
      return
    }
    #expect(next(states.merging([.addNumber: .skipped]) { $1 }) == .run(.matchNumber))
  }

  @Test func `an exchange whose answer is lost has spent the code`() {
    #expect(next([.exchangeCode: .started], hasToken: false) == .fail(.exchangeCode, .codeSpent))
    // Waiting: Meta provably did not see the code.
    #expect(next([.exchangeCode: .waiting], hasToken: false) == .run(.exchangeCode))
  }

  @Test func `every other interrupted step is run again`() {
    var states: [OnboardingStep.Name: OnboardingStep.State] = [.exchangeCode: .done]
    for step in Name.allCases.dropFirst() {
      states[step] = .started
      #expect(next(states, isNumberGiven: false) == .run(step))
      states[step] = .done
    }
  }

  @Test func `nothing follows a failed step`() {
    var states: [OnboardingStep.Name: OnboardingStep.State] = [:]
    for step in Name.allCases {
      #expect(next(states.merging([step: .failed]) { $1 }) == .finished)
      states[step] = .done
    }
  }
}
