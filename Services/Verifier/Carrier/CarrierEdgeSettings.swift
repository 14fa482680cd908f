import CarrierAPI
import Crypto
import Daemon
import Outbound

/// What an operator sets about the carrier and about the way it reaches this service.
struct CarrierEdgeSettings: Sendable {
  /// The carrier's kind: numbers of others are refused.
  let name: String
  /// Nil: nobody can be asked whether a number carries a call, and no number can be listened to.
  let rest: CarrierSettings?
  /// Where the carrier reaches this service, without a slash at its end; nil and no number can be listened to.
  let publicURL: String?
  /// The account's token before the present one: signatures made with it still count.
  let previousToken: Secret?
  /// The longest a number is listened to, never more than five minutes.
  let interceptionLimit: Duration

  static let longestInterception = Duration.seconds(300)

  init(_ reader: inout SettingsReader) {
    let name = reader.string(
      "CARRIER", default: TwilioCarrier.name,
      help: "The carrier's kind, and the provider of its numbers in the registry. Only twilio is supported.")
    self.name = name.lowercased()
    if self.name != TwilioCarrier.name {
      reader.reject(
        "CARRIER", "CARRIER_UNSUPPORTED: numbers of \(name.prefix(40)) cannot be listened to; expected twilio")
    }
    rest = Self.rest(&reader)
    publicURL = reader.optionalURL(
      "PUBLIC_URL", schemes: ["https", "http"],
      help: "Where the carrier and listeners reach this service, as the carrier signs it: scheme, host, port, prefix.")
    previousToken = reader.secret(
      "CARRIER_AUTH_TOKEN_PREVIOUS", help: "The token before it, while it is being changed: for signatures only.")
    interceptionLimit = reader.duration(
      "INTERCEPTION_LIMIT", default: Self.longestInterception, range: .seconds(60)...Self.longestInterception,
      help: "The longest a number's calls come here during one verification.")
  }

  /// The carrier of these settings; nil without an account.
  func carrier(_ http: HTTPClient) -> (any Carrier)? {
    guard let rest else { return nil }
    return TwilioCarrier(
      client: CarrierClient(http: http, settings: rest), publicURL: publicURL,
      signingTokens: [rest.authToken] + (previousToken.map { [$0] } ?? []))
  }

  /// Where calls go while they are listened to.
  var voiceURL: String? { publicURL.map { $0 + VoiceEdge.voice } }

  private static func rest(_ reader: inout SettingsReader) -> CarrierSettings? {
    let url = reader.url(
      "CARRIER_URL", default: "https://api.twilio.com", schemes: ["https", "http"],
      help: "A carrier with Twilio's REST API, or the sandbox.")
    let sid = reader.optionalString(
      "CARRIER_ACCOUNT_SID", help: "Id of the account at the carrier; without it people type the codes.")
    let token = reader.secret("CARRIER_AUTH_TOKEN", help: "Token of that account.")
    // A question before the answer to a caller who waits 20 seconds.
    let limits = OutboundLimits(head: .seconds(5), whole: .seconds(5), responseBytes: 256 << 10)
    return CarrierSettings(baseURL: url, accountSID: sid, authToken: token, limits: limits) { reader.reject($0, $1) }
  }
}
