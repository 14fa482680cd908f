import Daemon
import Outbound

/// What an operator sets for `verifier`.
package struct VerifierSettings: Sendable {
  package var graphURL: String
  package var graphVersion: String
  let carrier: CarrierEdgeSettings
  let hearing: HearingSettings
  /// Machines' verifications under way at once.
  let atOnce: Int
  /// The waits of a verification; tests have shorter ones.
  var times = VerificationTimes()
  /// Bound before the first thread, by `prepareEnvironment`; nil in tests.
  var egress: OperatorEgress?

  init(_ reader: inout SettingsReader) {
    graphURL = reader.url(
      "GRAPH_URL", default: "https://graph.facebook.com", schemes: ["https", "http"],
      help: "Meta's Graph API, or the sandbox.")
    graphVersion = reader.string("GRAPH_VERSION", default: "v26.0", help: "Version of the Graph API.")
    carrier = CarrierEdgeSettings(&reader)
    atOnce = reader.int(
      "VERIFICATIONS_AT_ONCE", default: 50, range: 1...1_000,
      help: "Verifications by machine under way at once; those that wait for a person do not count.")
    hearing = HearingSettings(&reader)
  }
}
