import Contracts
import GraphAPI
import Testing

@testable import Verifier

/// What people are told when a verification fails or no code comes: which reason says what.
@Suite struct VerificationAdviceTests {
  private static let refused = VerificationFailure.ofRequest(
    GraphError(httpStatus: 400, code: 136_024, message: "Code could not be requested"))
  private static let reasons: [SenderReason] = [
    .silence(.sms), .silence(.voice), .noCall(0), .noCall(2), .codesUsedUp, .interceptionOver, refused, .codeMaybeSent,
  ]

  /// A piece of advice and the reasons that give it.
  private static let table: [(advice: String, codes: Set<String>)] = [
    ("Wait 5 to 10 minutes", ["NO_CODE_IN_TIME", "NO_CALL", "CODE_TRIES_USED_UP", "INTERCEPTION_OVER"]),
    ("after retry_at", ["CODE_REQUEST_REFUSED", "CODE_MAYBE_SENT"]),
    (
      "take another number, best a normal mobile one (not VoIP)",
      ["NO_CODE_IN_TIME", "NO_CALL", "CODE_REQUEST_REFUSED"]
    ),
    ("must take calls from abroad", ["NO_CODE_IN_TIME", "NO_CALL"]),
    ("no menu, forwarding or voicemail", ["NO_CODE_IN_TIME", "NO_CALL"]),
    ("choose the other method now", ["CODE_REQUEST_REFUSED"]),
  ]

  @Test(arguments: table)
  func `each piece of advice is given where it applies`(advice: String, codes: Set<String>) {
    for reason in Self.reasons {
      #expect(reason.nextStep.contains(advice) == codes.contains(reason.code), "\(reason.code): \(reason.nextStep)")
    }
  }

  @Test func `who waited for an SMS is sent to the call, who waited for a call to the SMS`() {
    #expect(SenderReason.silence(.sms).nextStep.contains("start again, by voice instead of SMS."))
    #expect(SenderReason.silence(.voice).nextStep.contains("start again, or choose SMS."))
    #expect(SenderReason.codeMaybeSent.nextStep.contains("by voice where it was an SMS"))
  }

  @Test func `Meta's own words come with its refusal`() {
    let words = "Please try again in 4 hours."
    let error = GraphError(httpStatus: 400, code: 136_024, message: "no", userMessage: words)
    #expect(VerificationFailure.ofRequest(error).message.hasSuffix("(code 136024): \(words)"))
  }
}
