import CarrierAPI
package import Crypto
import Daemon
import GraphAPI
import Outbound
import Transport

/// What an operator sets for `sender-registry`.
package struct SenderRegistrySettings: Sendable {
  package var accountName: String
  package var adminKey: Secret?
  package var metaAppID: String
  package var metaAppSecret: Secret
  package var graphURL: String
  package var graphVersion: String
  let partnerMode: PartnerMode
  /// The partner's own business portfolio, whose pool holds verified numbers; only a Solution Partner has one.
  let metaBusinessID: String?
  /// The system user token of that portfolio.
  let metaSystemToken: Secret?
  package var signup: SignupSettings
  /// Nil: numbers are entered by hand.
  let carrier: CarrierSettings?
  /// What numbers bought at that carrier are marked with.
  let carrierName: String
  let carrierBackoff: Backoff
  /// Between two looks at Meta's pool.
  let poolInterval: Duration
  /// Bound before the first thread, by `prepareEnvironment`; nil in tests.
  var egress: OperatorEgress?
  package var requestsPerSecond: Int
  /// Nil keeps the audit log for ever.
  var auditKeptMilliseconds: Int64?
  var onboardingBackoff: Backoff
  let polling: PollSettings
  /// Pauses between two readings of a profile, and between two looks at a name's review, in milliseconds.
  var profileInterval: Int64
  var nameReviewInterval: Int64
  package var startsNewReplicaEpoch: Bool

  init(_ reader: inout SettingsReader) {
    reader.section("Access")
    accountName = reader.string("ACCOUNT_NAME", default: "default", help: "Name of the account made at first start.")
    adminKey = reader.secret(
      "ADMIN_API_KEY", required: true, help: "The first admin API key: wsk_ and 32 bytes in base64url.")
    if let adminKey, APIKeyText(adminKey.string ?? "") == nil, !adminKey.isEmpty {
      reader.reject("ADMIN_API_KEY_FILE", "expected wsk_ followed by 43 characters of base64url (32 bytes)")
    }
    requestsPerSecond = reader.int(
      "API_RATE_PER_SECOND", default: 50, range: 1...100_000, help: "Requests an API key may make, on average.")
    let auditDays = reader.int(
      "AUDIT_KEEP_DAYS", default: 365, range: 0...36_500, help: "Days the audit log is kept; 0 keeps it for ever.")
    auditKeptMilliseconds = auditDays == 0 ? nil : Int64(auditDays) * 86_400_000
    reader.section("Meta")
    metaAppID = reader.requiredString("META_APP_ID", help: "Id of the Meta app that Embedded Signup belongs to.")
    metaAppSecret =
      reader.secret("META_APP_SECRET", required: true, help: "Secret of that app, for the code exchange.") ?? Secret("")
    graphURL = reader.url(
      "GRAPH_URL", default: "https://graph.facebook.com", schemes: ["https", "http"],
      help: "Meta's Graph API, or the sandbox.")
    graphVersion = reader.string("GRAPH_VERSION", default: "v26.0", help: "Version of the Graph API.")
    partnerMode = reader.choice(
      "PARTNER_MODE", default: .techProvider,
      help: "What Meta made of the app's owner: it decides how numbers are added.")
    metaBusinessID = reader.optionalString(
      "META_BUSINESS_ID", help: "Id of the partner's business portfolio; needed for PARTNER_MODE=solution_partner.")
    metaSystemToken = reader.secret(
      "META_SYSTEM_TOKEN", help: "System user token of that portfolio; needed for PARTNER_MODE=solution_partner.")
    if partnerMode == .solutionPartner {
      if !MetaIdentifier.isValid(metaBusinessID ?? "") {
        reader.reject("META_BUSINESS_ID", "PARTNER_MODE=solution_partner needs the digits of the portfolio's id")
      }
      if metaSystemToken == nil { reader.reject("META_SYSTEM_TOKEN_FILE", "PARTNER_MODE=solution_partner needs it") }
    }
    signup = SignupSettings(&reader, partnerMode: partnerMode)
    poolInterval = reader.duration(
      "POOL_SYNC", default: .seconds(3_600), range: .seconds(1) ... .seconds(86_400),
      help: "How often the pool of pre-verified numbers is compared with Meta's; up to a quarter earlier.")
    onboardingBackoff = Backoff(
      attempts: reader.int(
        "ONBOARDING_TRIES", default: 8, range: 1...100, help: "Tries of an onboarding step that Meta does not answer."),
      firstMilliseconds: reader.duration(
        "ONBOARDING_RETRY", default: .seconds(1), range: .milliseconds(1) ... .seconds(60),
        help: "Pause before the second try; it doubles up to a minute."
      ).milliseconds)
    polling = PollSettings(&reader)
    profileInterval =
      reader.duration(
        "PROFILE_SYNC_INTERVAL", default: .seconds(3_600), range: .milliseconds(100) ... .seconds(7 * 86_400),
        help: "How often the profile of an online sender is read from Meta, a tenth more or less."
      ).milliseconds
    nameReviewInterval =
      reader.duration(
        "NAME_REVIEW_INTERVAL", default: .seconds(900), range: .milliseconds(10) ... .seconds(86_400),
        help: "How often Meta is asked about a display name in review; its webhook is usually faster."
      ).milliseconds
    reader.section("Carrier")
    carrier = Self.carrier(&reader)
    carrierName = reader.string("CARRIER_NAME", default: "twilio", help: "The provider shown at numbers bought there.")
    carrierBackoff = Backoff(
      attempts: reader.int(
        "CARRIER_TRIES", default: 8, range: 1...100, help: "Tries of a purchase or release without a usable answer."),
      firstMilliseconds: reader.duration(
        "CARRIER_RETRY", default: .seconds(2), range: .milliseconds(1) ... .seconds(60),
        help: "Pause before the second try; it doubles up to a minute."
      ).milliseconds)
    reader.section("Recovery")
    startsNewReplicaEpoch = reader.bool(
      "REPLICA_NEW_EPOCH", default: false,
      help: "Set once after restoring a backup: other services then copy all senders anew.")
  }

  /// What the pool is reached with; nil for a Tech Provider, who has none.
  func partnerAccess(_ graph: GraphClient) -> PartnerAccess? {
    guard partnerMode == .solutionPartner, let metaBusinessID, let metaSystemToken else { return nil }
    return PartnerAccess(graph: graph, businessID: metaBusinessID, token: metaSystemToken)
  }

  private static func carrier(_ reader: inout SettingsReader) -> CarrierSettings? {
    let url = reader.url(
      "CARRIER_URL", default: "https://api.twilio.com", schemes: ["https", "http"],
      help: "A carrier with Twilio's REST API, or the sandbox.")
    let sid = reader.optionalString(
      "CARRIER_ACCOUNT_SID", help: "Id of the account at the carrier; without it numbers are entered by hand.")
    let token = reader.secret("CARRIER_AUTH_TOKEN", help: "Token of that account.")
    return CarrierSettings(baseURL: url, accountSID: sid, authToken: token) { reader.reject($0, $1) }
  }
}
