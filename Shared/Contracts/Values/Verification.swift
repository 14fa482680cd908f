/// One attempt to prove to Meta that a number is the business's, by a code.
package struct Verification: Codable, Sendable, Equatable {
  package enum Method: String, Codable, Sendable, CaseIterable {
    case sms
    case voice
  }

  /// Who takes the code.
  package enum Answerer: String, Codable, Sendable, CaseIterable {
    /// Whoever has the phone, and types it.
    case person
    /// The machine: the number's calls are intercepted, Meta's call is recorded and heard.
    case machine
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    /// Accepted; Meta not asked yet.
    case requested
    /// The number's calls come to us; Meta not asked yet, or being asked.
    case armed
    /// Meta has been asked for the code.
    case codeRequested = "code_requested"
    /// A call to the number is being recorded.
    case callAnswered = "call_answered"
    /// The recording is here and being listened to by engines.
    case recorded
    /// The machine is not sure: a person listens to the recording and types the code.
    case needsListener = "needs_a_listener"
    /// The machine is sure of the code.
    case heard
    /// The code is on its way to Meta.
    case submitted
    case verified
    case failed
    case expired
    case cancelled
  }

  package var id: VerificationID
  package var senderID: SenderID
  package var method: Method
  package var language: String
  package var answeredBy: Answerer
  package var state: State
  /// Why it failed, or what Meta answered; with a next step where there is one.
  package var reason: SenderReason?
  /// The earliest moment a new code may be asked for.
  package var retryAt: Timestamp?
  /// From when on the code may be asked for by voice instead of SMS.
  package var voiceAt: Timestamp?
  /// Codes that may still be handed in, as Meta states it or by our own limit of ten.
  package var triesLeft: Int?
  /// Calls that Meta was asked for.
  package var calls: Int
  /// Calls of other people that were answered by us instead of the number's own application.
  package var disruptedCalls: Int
  /// Where the interception of the number's calls stands; absent when there was none.
  package var interception: VerificationInterception?
  /// What could not be checked beforehand, or protected.
  package var note: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: VerificationID, senderID: SenderID, method: Method, language: String, answeredBy: Answerer = .person,
    state: State, reason: SenderReason? = nil, retryAt: Timestamp? = nil, voiceAt: Timestamp? = nil,
    triesLeft: Int? = nil, calls: Int = 0, disruptedCalls: Int = 0, interception: VerificationInterception? = nil,
    note: String? = nil, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.method = method
    self.language = language
    self.answeredBy = answeredBy
    self.state = state
    self.reason = reason
    self.retryAt = retryAt
    self.voiceAt = voiceAt
    self.triesLeft = triesLeft
    self.calls = calls
    self.disruptedCalls = disruptedCalls
    self.interception = interception
    self.note = note
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
