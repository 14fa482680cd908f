import Contracts
import Testing

@testable import Verifier

@Suite struct VerificationTransitionTests {
  /// Event, then the state it leads to from requested, code_requested, submitted; nil = nothing changes.
  private static let table: [VerificationEvent: [Verification.State?]] = [
    .codeSent: [.codeRequested, nil, nil],
    .codeMaybeSent: [.codeRequested, nil, nil],
    .submitted: [nil, .submitted, nil],
    .refused: [nil, nil, .codeRequested],
    .unsettled: [nil, nil, .codeRequested],
    .verified: [.verified, .verified, .verified],
    .failed: [.failed, .failed, .failed],
    .silent: [nil, .expired, nil],
  ]

  @Test func `every event in every state leads where the table says`() throws {
    for event in VerificationEvent.allCases {
      let row = try #require(Self.table[event])
      for (state, next) in zip([Verification.State.requested, .codeRequested, .submitted], row) {
        #expect(VerificationTransition.apply(event, to: state) == next, "\(event) in \(state)")
      }
      for state in [Verification.State.verified, .failed, .expired] {
        #expect(VerificationTransition.apply(event, to: state) == nil, "\(event) in \(state)")
        #expect(!state.isOpen)
      }
    }
  }
}
