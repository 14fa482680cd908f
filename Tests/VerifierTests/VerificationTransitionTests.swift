import Contracts
import Testing

@testable import Verifier

@Suite struct VerificationTransitionTests {
  private func path(_ answerer: Verification.Answerer, _ events: [VerificationEvent]) -> Verification.State? {
    events.reduce(Verification.State.requested) { state, event in
      state.flatMap { VerificationTransition.apply(event, to: $0, answeredBy: answerer) }
    }
  }

  @Test(
    arguments: [
      ([.codeSent], .codeRequested), ([.codeMaybeSent], .codeRequested), ([.codeSent, .submitted], .submitted),
      ([.codeSent, .submitted, .refused], .codeRequested), ([.codeSent, .submitted, .unsettled], .codeRequested),
      ([.codeSent, .submitted, .verified], .verified), ([.codeSent, .silent], .expired), ([.failed], .failed),
      ([.cancelled], .cancelled), ([.codeSent, .submitted, .cancelled], nil), ([.submitted], nil), ([.armed], nil),
      ([.codeSent, .callAnswered], nil), ([.codeSent, .submitted, .silent], nil),
    ] as [([VerificationEvent], Verification.State?)])
  func `a person's verification`(events: [VerificationEvent], end: Verification.State?) {
    #expect(path(.person, events) == end)
  }

  @Test(
    arguments: [
      ([.armed, .codeSent, .callAnswered, .recorded, .heard, .submitted, .verified], .verified),
      ([.armed, .callAnswered, .recorded], .recorded), ([.codeSent], nil),
      ([.armed, .codeSent, .callAnswered, .recorded, .unsure], .needsListener),
      ([.armed, .codeSent, .callAnswered, .recorded, .unsure, .heard], .heard),
      ([.armed, .codeSent, .callAnswered, .recorded, .unsure, .submitted], .submitted),
      ([.armed, .codeSent, .callAnswered, .recorded, .unsure, .callAgain], .requested),
      ([.armed, .codeSent, .callAnswered, .recorded, .nothingHeard], .codeRequested),
      ([.armed, .codeSent, .callAnswered, .nothingHeard, .nextCall], .armed),
      ([.armed, .codeSent, .callAnswered, .recorded, .heard, .submitted, .refused], .needsListener),
      ([.armed, .codeSent, .callAnswered, .recorded, .heard, .submitted, .unsettled], .needsListener),
      ([.armed, .codeSent, .callAnswered, .recorded, .heard, .submitted, .returned], .heard),
      ([.armed, .submitted], nil), ([.armed, .codeSent, .submitted], .submitted), ([.armed, .silent], .expired),
      ([.armed, .codeSent, .callAnswered, .cancelled], .cancelled),
    ] as [([VerificationEvent], Verification.State?)])
  func `a machine's verification`(events: [VerificationEvent], end: Verification.State?) {
    #expect(path(.machine, events) == end)
  }

  @Test(arguments: Verification.Answerer.allCases, Verification.State.allCases)
  func `what has ended stays as it is, what is open can end`(answerer: Verification.Answerer, state: Verification.State)
  {
    for event in VerificationEvent.allCases where !state.isOpen {
      #expect(VerificationTransition.apply(event, to: state, answeredBy: answerer) == nil)
    }
    if state.isOpen {
      #expect(VerificationTransition.apply(.failed, to: state, answeredBy: answerer) == .failed)
      #expect(VerificationTransition.apply(.verified, to: state, answeredBy: answerer) == .verified)
    }
  }

  @Test(arguments: Verification.State.allCases)
  func `the machine's steps are not a person's`(state: Verification.State) {
    let steps: [VerificationEvent] = [
      .armed, .callAnswered, .recorded, .heard, .unsure, .nothingHeard, .nextCall, .callAgain, .returned,
    ]
    for step in steps { #expect(VerificationTransition.apply(step, to: state, answeredBy: .person) == nil) }
  }
}
