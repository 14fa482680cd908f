import Daemon
import Outbound

/// What an operator sets for `verifier`.
package struct VerifierSettings: Sendable {
  package var graphURL: String
  package var graphVersion: String
  let carrier: CarrierEdgeSettings
  /// Bound before the first thread, by `prepareEnvironment`; nil in tests.
  var egress: OperatorEgress?

  init(_ reader: inout SettingsReader) {
    graphURL = reader.url(
      "GRAPH_URL", default: "https://graph.facebook.com", schemes: ["https", "http"],
      help: "Meta's Graph API, or the sandbox.")
    graphVersion = reader.string("GRAPH_VERSION", default: "v26.0", help: "Version of the Graph API.")
    carrier = CarrierEdgeSettings(&reader)
  }
}
