/// How the number's calls are led during a verification.
package struct VerificationInterception: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// About to be switched.
    case switching
    /// Calls come to us.
    case armed
    /// About to be given back.
    case restoring
    /// Calls go where they went before.
    case restored
    /// Somebody else changed the route meanwhile, or the carrier no longer has the number; it was left as it is.
    case leftAlone = "left_alone"
    /// It could not be switched; nothing was changed.
    case failed
  }

  package var state: State
  /// When the calls go back at the latest; after the end when they went back.
  package var endsAt: Timestamp

  package init(state: State, endsAt: Timestamp) {
    self.state = state
    self.endsAt = endsAt
  }
}
