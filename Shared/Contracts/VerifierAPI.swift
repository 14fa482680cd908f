package import Wire

/// What `verifier` answers.
package enum VerifierAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] =
    [StartVerification.self, SubmitCode.self, GetVerification.self] + voiceRouteCalls

  /// Asks Meta to send a code to the sender's number.
  package struct StartVerification: Call {
    package static let method = "verifier.verification.start"
    package static let summary = "Ask Meta to send a verification code to the number by SMS or voice."
    package static let deadline = Duration.seconds(20)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(
      .post, "/v1/senders/{sender_id}/verifications", role: .operator, successStatus: 201)
    package typealias Reply = Verification
    package var senderID: SenderID
    package var method: Verification.Method
    /// The code's language, default `en_US`.
    package var language: String?
    /// Must be true for a platform number, whose calls are intercepted during the verification; ignored for others.
    package var acknowledgeInterception: Bool?

    package init(
      senderID: SenderID, method: Verification.Method, language: String?, acknowledgeInterception: Bool? = nil
    ) {
      self.senderID = senderID
      self.method = method
      self.language = language
      self.acknowledgeInterception = acknowledgeInterception
    }
  }

  /// Hands in the code that a person received. The code is never stored or logged.
  package struct SubmitCode: Call {
    package static let method = "verifier.verification.submit"
    package static let summary = "Hand in the six-digit code that the number received."
    package static let deadline = Duration.seconds(20)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/verifications/{id}/code", role: .operator)
    package typealias Reply = Verification
    package var id: VerificationID
    /// Six digits; hyphens and spaces are dropped.
    package var code: String

    package init(id: VerificationID, code: String) {
      self.id = id
      self.code = code
    }
  }

  /// One verification.
  package struct GetVerification: Call {
    package static let method = "verifier.verification.get"
    package static let summary = "One verification with its state."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/verifications/{id}", role: .viewer)
    package typealias Reply = Verification
    package var id: VerificationID

    package init(id: VerificationID) { self.id = id }
  }
}
