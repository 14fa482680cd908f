/// Something that must be so before a sender can be connected.
package struct OnboardingRequirement: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    case met
    case unmet
    /// Only a person, Meta or another service can tell.
    case unknown
  }

  /// Stable, for example `META_CONFIG_ID`.
  package var code: String
  package var text: String
  package var state: State
  /// What to do; absent when it is met.
  package var nextStep: String?

  package init(code: String, text: String, state: State, nextStep: String? = nil) {
    self.code = code
    self.text = text
    self.state = state
    self.nextStep = nextStep
  }
}
