/// What `messaging-router` found out about a number or a portfolio by itself: handed to the registry like Meta's events,
/// under fields that Meta does not have.
package enum RouterNews {
  /// A portfolio has written to 80 % of the people that its limit allows in a day, or to all of them.
  package struct PortfolioUsage: Codable, Sendable, Equatable {
    package static let field = "router.portfolio_usage"
    /// The number whose send it was.
    package var phoneNumberID: String
    package var used: Int
    package var limit: Int
    /// The step that was told before: 0 or 80.
    package var told: Int

    package init(phoneNumberID: String, used: Int, limit: Int, told: Int) {
      self.phoneNumberID = phoneNumberID
      self.used = used
      self.limit = limit
      self.told = told
    }
  }

  /// Meta refuses what a number sends, for a reason that only a person or Meta can mend.
  package struct SendingStopped: Codable, Sendable, Equatable {
    package static let field = "router.sending_stopped"
    package var phoneNumberID: String
    /// Our stable code, for example `PAYMENT_PROBLEM`.
    package var code: String
    package var message: String
    package var nextStep: String?
    /// True when answers go on and only broadcasts wait.
    package var onlyBroadcasts: Bool

    package init(phoneNumberID: String, code: String, message: String, nextStep: String?, onlyBroadcasts: Bool) {
      self.phoneNumberID = phoneNumberID
      self.code = code
      self.message = message
      self.nextStep = nextStep
      self.onlyBroadcasts = onlyBroadcasts
    }
  }
}
