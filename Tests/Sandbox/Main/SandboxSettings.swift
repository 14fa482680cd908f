import Crypto
import Daemon
import SandboxWorld

/// The sandbox's settings, read and explained like a service's.
struct SandboxSettings {
  var world = WorldSettings()
  /// Files the port in use is written to.
  var portsFiles: [String] = []

  init(_ reader: inout SettingsReader) {
    world.bind = reader.address("BIND", default: "127.0.0.1", help: "Address to listen on.")
    world.port = reader.port("SANDBOX_PORT", default: 8190, help: "Port of Graph, model, phones and control API.")
    for key in ["READY_FILE", "PORTS_FILE"] {
      if let path = reader.optionalPath(key, help: "A JSON file with the port in use is written here once started.") {
        portsFiles.append(path)
      }
    }
    world.appID = reader.string("META_APP_ID", default: world.appID, help: "Id of the app at Meta.")
    if let secret = reader.secret(
      "META_APP_SECRET", help: "Secret of the app: signs webhooks. Default: sandbox-app-secret.")
    {
      world.appSecret = secret
    }
    if let url = reader.optionalString("WEBHOOK_URL", help: "The app's callback: http://HOST:8103/webhooks/meta.") {
      do throws(ControlFailure) { world.webhookURL = try WebhookURL(url) } catch {
        reader.reject("WEBHOOK_URL", error.description)
      }
    }
    world.partnerBusinessID = reader.string(
      "META_BUSINESS_ID", default: world.partnerBusinessID, help: "The Solution Partner's portfolio with the pool.")
    if let token = reader.secret(
      "META_SYSTEM_TOKEN", help: "System user token of that portfolio. Default: sandbox-system-token.")
    {
      world.partnerToken = token
    }
    world.carrierAccountSID = reader.string(
      "CARRIER_ACCOUNT_SID", default: world.carrierAccountSID, help: "Id of the account at the carrier.")
    if let token = reader.secret(
      "CARRIER_AUTH_TOKEN", help: "Token of that account. Default: sandbox-carrier-token.")
    {
      world.carrierAuthToken = token
    }
    world.seed = UInt64(reader.int("SANDBOX_SEED", default: 1, help: "Seed of faults, delays and order."))
    world.throughput = reader.int(
      "SANDBOX_MPS", default: 0, range: 0...100_000, help: "Messages a second Graph takes per number; 0: no limit.")
  }
}
