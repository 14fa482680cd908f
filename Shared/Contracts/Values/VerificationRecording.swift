/// A call that was recorded during a verification, for a person who listens.
package struct VerificationRecording: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// The carrier has it; it is being fetched.
    case fetching
    /// It can be listened to.
    case available
    /// No code was in it, or it could not be fetched; its sound is gone.
    case dropped
    /// The verification has ended; its sound is gone.
    case deleted
  }

  package var id: RecordingID
  package var verificationID: VerificationID
  package var state: State
  /// Seconds of sound; absent while it is not here.
  package var seconds: Double?
  /// Plays the sound, without an API key; asks for ranges are answered. Absent unless available.
  package var url: String?
  package var urlExpiresAt: Timestamp?
  /// What the machine believes to have heard. A guess, nothing more.
  package var guess: HearingGuess?
  package var createdAt: Timestamp

  package init(
    id: RecordingID, verificationID: VerificationID, state: State, seconds: Double? = nil, url: String? = nil,
    urlExpiresAt: Timestamp? = nil, guess: HearingGuess? = nil, createdAt: Timestamp
  ) {
    self.id = id
    self.verificationID = verificationID
    self.state = state
    self.seconds = seconds
    self.url = url
    self.urlExpiresAt = urlExpiresAt
    self.guess = guess
    self.createdAt = createdAt
  }
}

/// What engines made of a recording when they were not sure enough.
package struct HearingGuess: Codable, Sendable, Equatable {
  /// Six digits; absent when none were heard.
  package var digits: String?
  /// Always true: a person decides.
  package var isGuess: Bool
  /// What the engine wrote down, cut; untrusted text.
  package var transcript: String?
  package var engine: String?
  /// 0 to 1, where the engine tells.
  package var confidence: Double?
  /// Why the machine did not hand it in, for example `LOW_CONFIDENCE`.
  package var why: String

  package init(digits: String?, transcript: String?, engine: String?, confidence: Double?, why: String) {
    self.digits = digits
    isGuess = true
    self.transcript = transcript
    self.engine = engine
    self.confidence = confidence
    self.why = why
  }
}
