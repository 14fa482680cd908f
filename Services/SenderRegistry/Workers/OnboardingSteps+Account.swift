import Contracts
import Crypto
import GraphAPI
import Store

/// The account: its webhooks and who pays.
extension OnboardingSteps {
  /// Before any override: Meta takes one only of a subscribed app.
  func subscribeApp(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let wabaID = facts.onboarding.wabaID
    // A second subscription would end an override that somebody has set.
    let isThere = try await graph.subscription(wabaID: wabaID, appID: policy.appID, token: token) != nil
    if !isThere { try await graph.subscribeApp(wabaID: wabaID, token: token) }
    let (steps, isReconnect) = (self, facts.onboarding.fallback != nil)
    return .done(isThere ? "the app is subscribed already" : "subscribed to the account's webhooks") { connection in
      if isReconnect { try steps.adopt(token, facts, connection) }
    }
  }

  func overrideWebhook(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let override = policy.override else { return .skipped("WEBHOOK_OVERRIDE_URL is not set") }
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let wabaID = facts.onboarding.wabaID
    let there = try await graph.subscription(wabaID: wabaID, appID: policy.appID, token: token)
    if there?.overrideURL == override.url { return .done("Meta has this callback already") }
    try await graph.overrideWebhook(
      wabaID: wabaID, url: override.url, verifyToken: override.verifyToken, token: token)
    return .done("webhooks of the account go to \(override.url)")
  }

  /// Only a Solution Partner pays for its customers. Whatever pays already is left alone.
  func shareCredit(_ facts: Facts) async throws(GraphFailure) -> OnboardingOutcome {
    guard let credit = policy.credit else { return .skipped("META_CREDIT_LINE_ID is not set") }
    guard let token = token(facts) else { return .failed(.tokenInvalid) }
    let wabaID = facts.onboarding.wabaID
    if try await graph.fundingID(wabaID: wabaID, token: token) != nil { return .done("the account has funding") }
    try await graph.shareCredit(
      creditLineID: credit.lineID, wabaID: wabaID, currency: credit.currency, token: credit.token)
    return .done("the line of credit is shared with the account")
  }
}
