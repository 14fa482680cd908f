/// Where the calls of a platform number go, and in which of two ways the verifier can listen to Meta's.
package struct SenderVoiceRoute: Codable, Sendable, Equatable {
  package enum Mode: String, Codable, Sendable, CaseIterable {
    /// The route is switched for a verification and given back afterwards.
    case switched
    /// Calls always come to the verifier, which sends them on to the normal URL.
    case permanent
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    /// Calls go their normal way.
    case normal
    /// The carrier is being asked to send calls here.
    case switching
    /// Calls are listened to for a verification.
    case intercepted
    /// Calls come here and are sent on.
    case permanent
    /// The carrier is being asked to send calls their normal way again.
    case restoring
  }

  package var senderID: SenderID
  package var mode: Mode
  package var state: State
  /// The voice URL that answers the number's calls when nobody listens, user name and password left out; absent when
  /// there is none, or the carrier does not tell.
  package var normalURL: String?
  /// The latest moment until which calls are listened to.
  package var interceptedUntil: Timestamp?
  /// What could cost calls, or keeps the route from being what it should be.
  package var warnings: [SenderReason]

  package init(
    senderID: SenderID, mode: Mode, state: State, normalURL: String? = nil, interceptedUntil: Timestamp? = nil,
    warnings: [SenderReason] = []
  ) {
    self.senderID = senderID
    self.mode = mode
    self.state = state
    self.normalURL = normalURL
    self.interceptedUntil = interceptedUntil
    self.warnings = warnings
  }
}
