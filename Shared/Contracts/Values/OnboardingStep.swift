/// One durable step of connecting a sender, as it went.
package struct OnboardingStep: Codable, Sendable, Equatable {
  /// The steps in their order; each is journalled before its call and resumed after a crash.
  package enum Name: String, Codable, Sendable, CaseIterable {
    case exchangeCode = "exchange_code"
    case checkToken = "check_token"
    case addNumber = "add_number"
    case matchNumber = "match_number"
    case subscribeApp = "subscribe_app"
    /// Only where the operator has set a callback of its own.
    case overrideWebhook = "override_webhook"
    case verifyNumber = "verify_number"
    /// Only for a Solution Partner that pays for its customers.
    case shareCredit = "share_credit"
    case register
    case readNumber = "read_number"
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    case waiting
    case started
    case done
    case failed
    case skipped
  }

  package var name: Name
  package var state: State
  /// What came of it, for people; never a secret.
  package var result: String?
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?

  package init(
    name: Name, state: State, result: String? = nil, startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil
  ) {
    self.name = name
    self.state = state
    self.result = result
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}
