import CarrierAPI
import Daemon
import Outbound

/// What an operator sets for `verifier`.
package struct VerifierSettings: Sendable {
  package var graphURL: String
  package var graphVersion: String
  /// Nil: nobody can be asked whether a number carries a call.
  let carrier: CarrierSettings?
  /// Bound before the first thread, by `prepareEnvironment`; nil in tests.
  var egress: OperatorEgress?

  init(_ reader: inout SettingsReader) {
    graphURL = reader.url(
      "GRAPH_URL", default: "https://graph.facebook.com", schemes: ["https", "http"],
      help: "Meta's Graph API, or the sandbox.")
    graphVersion = reader.string("GRAPH_VERSION", default: "v26.0", help: "Version of the Graph API.")
    carrier = Self.carrier(&reader)
  }

  private static func carrier(_ reader: inout SettingsReader) -> CarrierSettings? {
    let url = reader.url(
      "CARRIER_URL", default: "https://api.twilio.com", schemes: ["https", "http"],
      help: "A carrier with Twilio's REST API, or the sandbox.")
    let sid = reader.optionalString(
      "CARRIER_ACCOUNT_SID", help: "Id of the account at the carrier; without it live calls are not looked for.")
    let token = reader.secret("CARRIER_AUTH_TOKEN", help: "Token of that account.")
    if sid == nil, token == nil { return nil }
    guard let sid, CarrierSettings.isAccountSID(sid) else {
      reader.reject("CARRIER_ACCOUNT_SID", "expected the account's id: letters, digits and dashes")
      return nil
    }
    guard let token else {
      reader.reject("CARRIER_AUTH_TOKEN_FILE", "CARRIER_ACCOUNT_SID needs it")
      return nil
    }
    // A question before the answer to a caller who waits 20 seconds.
    return CarrierSettings(
      baseURL: url, accountSID: sid, authToken: token,
      limits: OutboundLimits(head: .seconds(5), whole: .seconds(5), responseBytes: 256 << 10))
  }
}
