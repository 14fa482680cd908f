package import Crypto
import Daemon

/// What an operator sets for Embedded Signup and what follows from it.
package struct SignupSettings: Sendable {
  /// Where people reach this service, without a slash at its end; links are made with it.
  package var publicURL: String?
  /// The Facebook Login for Business configuration of Embedded Signup.
  package var configID: String?
  package var sdkURL: String
  /// An origin besides Meta's whose messages the link's page takes: the sandbox's.
  package var testOrigin: String?
  package var overrideURL: String?
  package var overrideVerifyToken: Secret?
  package var creditLineID: String?
  package var creditCurrency: String

  init(_ reader: inout SettingsReader, partnerMode: PartnerMode) {
    reader.section("Embedded Signup")
    publicURL = reader.optionalURL(
      "PUBLIC_URL", schemes: ["https", "http"],
      help: "Where people reach this service; needed for onboarding links, and https for Meta."
    ).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    configID = reader.optionalString(
      "META_CONFIG_ID", help: "Id of the Facebook Login for Business configuration; needed for onboarding links.")
    if let configID, !MetaIdentifier.isValid(configID) {
      reader.reject("META_CONFIG_ID", "the digits of the configuration's id")
    }
    sdkURL = reader.url(
      "META_SDK_URL", default: "https://connect.facebook.net/en_US/sdk.js", schemes: ["https", "http"],
      help: "Meta's JavaScript SDK, or the sandbox's.")
    testOrigin = reader.optionalURL(
      "META_TEST_ORIGIN", schemes: ["https", "http"],
      help: "For tests: an origin besides Meta's that the link's page takes messages from.")
    overrideURL = reader.optionalURL(
      "WEBHOOK_OVERRIDE_URL", schemes: ["https", "http"],
      help: "A callback for the webhooks of each connected account, instead of the app's.")
    overrideVerifyToken = reader.secret(
      "WEBHOOK_OVERRIDE_VERIFY_TOKEN", help: "What that callback knows Meta's handshake by.")
    if overrideURL != nil, overrideVerifyToken == nil {
      reader.reject("WEBHOOK_OVERRIDE_VERIFY_TOKEN_FILE", "WEBHOOK_OVERRIDE_URL needs it")
    }
    creditLineID = reader.optionalString(
      "META_CREDIT_LINE_ID", help: "Line of credit to share with customers; only for PARTNER_MODE=solution_partner.")
    if let creditLineID {
      if !MetaIdentifier.isValid(creditLineID) { reader.reject("META_CREDIT_LINE_ID", "the digits of the line's id") }
      if partnerMode != .solutionPartner {
        reader.reject("META_CREDIT_LINE_ID", "only a Solution Partner may share credit")
      }
    }
    creditCurrency = reader.string(
      "META_CREDIT_CURRENCY", default: "USD", help: "Currency of accounts that the line is shared with.")
    if creditCurrency.utf8.count != 3 || !creditCurrency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
      reader.reject("META_CREDIT_CURRENCY", "three capital letters (ISO 4217)")
    }
  }
}
