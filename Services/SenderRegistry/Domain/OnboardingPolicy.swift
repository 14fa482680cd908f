import Crypto
import GraphAPI

/// What the operator decided about onboardings.
struct OnboardingPolicy: Sendable {
  let appID: String
  let appSecret: Secret
  /// Where webhooks of connected accounts go instead of the app's callback.
  var override: Override?
  /// Who pays for connected accounts, if the partner does.
  var credit: Credit?

  struct Override: Sendable {
    let url: String
    let verifyToken: Secret
  }

  struct Credit: Sendable {
    let lineID: String
    let currency: String
    /// The system user token of the partner's portfolio.
    let token: Secret
  }

  init(_ settings: SenderRegistrySettings) {
    appID = settings.metaAppID
    appSecret = settings.metaAppSecret
    if let url = settings.signup.overrideURL, let token = settings.signup.overrideVerifyToken {
      override = Override(url: url, verifyToken: token)
    }
    if let line = settings.signup.creditLineID, let token = settings.metaSystemToken {
      credit = Credit(lineID: line, currency: settings.signup.creditCurrency, token: token)
    }
  }
}
