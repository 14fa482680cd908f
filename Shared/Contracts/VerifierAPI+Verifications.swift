package import Wire

extension VerifierAPI {
  /// A verification: begun, watched, ended.
  package static let verificationCalls: [any Call.Type] = [
    StartVerification.self, SubmitCode.self, GetVerification.self, ListVerifications.self, CancelVerification.self,
    CallAgain.self, ReadVerificationEvents.self,
  ]

  /// Asks Meta to send a code to the sender's number.
  package struct StartVerification: Call {
    package static let method = "verifier.verification.start"
    package static let summary = "Ask Meta to send a verification code to the number by SMS or voice."
    package static let details =
      "For a number of the inventory that the carrier holds, voice is answered by the machine: the number's normal calls "
      + "are intercepted for at most five minutes, Meta's call is recorded and heard, and the route is restored. "
      + "Otherwise whoever has the phone hands in the code. Follow it at its events. When no SMS comes, start again with "
      + "method voice from voice_at on, 60 seconds later: the number must take calls from abroad, and no menu, forwarding "
      + "or voicemail may answer first."
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
    /// Default: the machine where it can, a person elsewhere.
    package var answeredBy: Verification.Answerer?

    package init(
      senderID: SenderID, method: Verification.Method, language: String?, acknowledgeInterception: Bool? = nil,
      answeredBy: Verification.Answerer? = nil
    ) {
      self.senderID = senderID
      self.method = method
      self.language = language
      self.acknowledgeInterception = acknowledgeInterception
      self.answeredBy = answeredBy
    }
  }

  /// Hands in the code that a person received. The code is never stored or logged.
  package struct SubmitCode: Call {
    package static let method = "verifier.verification.submit"
    package static let summary = "Hand in the six-digit code that the number received."
    package static let details =
      "While a code is waited for, and while a recording waits for somebody who listens (needs_a_listener). "
      + "Hyphens and spaces are dropped. The code is neither stored nor logged."
    package static let secretFields: Set<String> = ["code"]
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

  /// The verifications of the account, newest first.
  package struct ListVerifications: Call {
    package static let method = "verifier.verification.list"
    package static let summary = "The verifications of the account, newest first."
    package static let details =
      "Every attempt to verify a number, with its state. state=needs_a_listener shows those that wait for a person."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/verifications", role: .viewer)
    package typealias Reply = Page<Verification>
    package var senderID: SenderID?
    package var state: Verification.State?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(
      senderID: SenderID? = nil, state: Verification.State? = nil, limit: Int? = nil, cursor: String? = nil
    ) {
      self.senderID = senderID
      self.state = state
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Ends a verification and gives the number back.
  package struct CancelVerification: Call {
    package static let method = "verifier.verification.cancel"
    package static let summary = "End a verification; the number's calls are given back at once."
    package static let details =
      "Ends an open verification. Intercepted calls go back to their normal route, recordings are deleted after a day. "
      + "A code that is on its way to Meta is waited for first (CODE_IN_CHECK)."
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/verifications/{id}/cancel", role: .operator)
    package typealias Reply = Verification
    package var id: VerificationID

    package init(id: VerificationID) { self.id = id }
  }

  /// Asks Meta for another call, for a recording that tells nobody anything.
  package struct CallAgain: Call {
    package static let method = "verifier.verification.call"
    package static let summary = "Ask Meta for another call when the recording cannot be understood."
    package static let details =
      "For a verification in needs_a_listener. The number's calls are intercepted again, within the five minutes of the "
      + "verification; Meta is asked for three calls at most, not before retry_at."
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/verifications/{id}/calls", role: .operator)
    package typealias Reply = Verification
    package var id: VerificationID
    /// Must be true: the number's normal calls are intercepted again.
    package var acknowledgeInterception: Bool?

    package init(id: VerificationID, acknowledgeInterception: Bool? = nil) {
      self.id = id
      self.acknowledgeInterception = acknowledgeInterception
    }
  }

  /// The steps of a verification after a position; waits for one while there is none.
  package struct ReadVerificationEvents: Call {
    package static let method = "verifier.verification.events"
    package static let summary =
      "The steps of a verification after a position, oldest first. Waits for the next one for up to 20 seconds."
    package static let details =
      "For consoles and programs that follow along: ask with the position of the answer before. With wait_ms the answer "
      + "comes when there is something new, or when the time is over."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/verifications/{id}/events", role: .viewer)
    package var id: VerificationID
    /// The `position` of an earlier answer; absent starts with the first step.
    package var after: String?
    /// How long to wait while there is nothing new: 0 to 20,000 milliseconds, default 0.
    package var waitMs: Int?
    /// 1 to 100, default 25.
    package var limit: Int?

    package struct Reply: Codable, Sendable, Equatable {
      package var data: [VerificationChange]
      /// Where to go on; the same as before when there was nothing new.
      package var position: String

      package init(data: [VerificationChange], position: String) {
        self.data = data
        self.position = position
      }
    }

    package init(id: VerificationID, after: String? = nil, waitMs: Int? = nil, limit: Int? = nil) {
      self.id = id
      self.after = after
      self.waitMs = waitMs
      self.limit = limit
    }
  }
}
