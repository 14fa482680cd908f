import Contracts
import Testing

@testable import SenderRegistry

/// What a sender that stays pending tells people to do.
@Suite struct WaitingAdviceTests {
  private static let steps: [SenderReason] = [
    .signupNeeded, .codeNeeded, .verificationNeeded, .verificationExpired, .joiningPool,
  ]

  @Test(arguments: steps)
  func `stuck in pending names the step, what to do, and what to do when that was done`(step: SenderReason) {
    let late = SenderReason.pendingTooLong(step: step, since: Timestamp(milliseconds: 0), limit: "30 minutes")
    #expect(late.code == "PENDING_TOO_LONG")
    #expect(late.message.contains("more than 30 minutes") && late.message.contains(step.code))
    #expect(late.nextStep.hasPrefix(step.nextStep))
    #expect(late.nextStep.contains("delete the sender and create it again, or have the operator look"))
  }

  @Test(arguments: ["60 seconds", "by voice", "calls from abroad", "no menu, forwarding or voicemail"])
  func `who is to type a code learns beforehand what keeps codes away`(advice: String) {
    #expect(SenderReason.codeNeeded.nextStep.contains(advice))
  }

  @Test func `a number of the platform needs nobody to type`() {
    #expect(SenderReason.verificationNeeded.nextStep.contains("acknowledge_interception: true"))
  }
}
