package import Crypto
package import Telemetry

/// What a world is made of.
package struct WorldSettings: Sendable {
  /// Numeric address to listen on.
  package var bind = "127.0.0.1"
  /// 0 for the kernel's choice.
  package var port = 0
  package var appID = "100000000000001"
  package var appSecret = Secret("sandbox-app-secret")
  /// The Solution Partner's portfolio, whose pool of pre-verified numbers Graph keeps, and its system user's token.
  package var partnerBusinessID = "100000000000009"
  package var partnerToken = Secret("sandbox-system-token")
  /// The account at the carrier.
  package var carrierAccountSID = "AC00000000000000000000000000000001"
  package var carrierAuthToken = Secret("sandbox-carrier-token")
  /// The app's callback, e.g. `http://127.0.0.1:8103/webhooks/meta`; nil until it is set.
  package var webhookURL: WebhookURL?
  /// Seed of everything left to chance but identifiers.
  package var seed: UInt64 = 1
  /// Messages per second and number that Graph takes before 130429; zero for no limit.
  package var throughput = 0
  /// Where `espeak-ng` and `sox` are looked for; nil for the usual places.
  package var audioFolders: [String]?
  package var limits = WorldLimits()
  package var clock = WallClock.system

  package init() {}
}
