package import Crypto
package import Telemetry
package import Wire

/// The settings that every service has.
package struct CommonSettings: Sendable {
  /// Holds the service's database; must be there and writable.
  package var dataDirectory: String
  /// The numeric address that the RPC and HTTP listeners bind to.
  package var bindAddress: String
  /// Where the RPC listener binds: a numeric address, or a name of this machine in one of its networks.
  package var rpcBindAddress: String
  /// The numeric address of the private listener.
  package var privateBindAddress: String
  package var rpcPort: Int
  package var httpPort: Int
  package var privatePort: Int
  /// One key per pair of services.
  package var rpcKeysFile: String
  /// The keys that secrets at rest are sealed with.
  package var sealingKeyFile: String
  package var logLevel: Log.Level
  /// The whole time that a stop may take.
  package var shutdownLimit: Duration
  /// Where each peer's RPC listener is.
  package var peers: [ServiceName: HostPort]
  /// Where frames are mirrored to, for debugging.
  package var rpcMirrorFile: String?
  /// Where the ports in use are written once started.
  package var portsFile: String?
  /// Keys the hashes of people's data in the log; without it they correlate within one start only.
  package var logRedactionKey: Secret?
  package var limits: CommonLimits

  /// The four services in the order of their default ports.
  package static let services: [ServiceName] = [.senderRegistry, .verifier, .messagingRouter, .receipts]

  /// Reads the keys, with the defaults of `service`.
  init(_ reader: inout SettingsReader, service: ServiceName) {
    // A service that is none of the four (a tool, a test) lets the kernel choose.
    let place = Self.services.firstIndex(of: service)
    reader.section("Files")
    dataDirectory = reader.directory(
      "DATA_DIR", default: "/var/lib/whatsapp-senders/\(service)", help: "Directory of the service's database.")
    rpcKeysFile = reader.requiredFile(
      "RPC_KEYS_FILE", help: "RPC keys, a line per peer: <peer> <key-id> <base64 of 32 bytes>. Mode 0600.")
    sealingKeyFile = reader.requiredFile(
      "SEALING_KEY_FILE", help: "Keys for secrets at rest, a line each: <key-id> <base64 of 32 bytes>; first seals.")
    portsFile = reader.optionalPath(
      "PORTS_FILE", help: "A JSON file with the ports in use is written here once started.")
    rpcMirrorFile = reader.optionalPath(
      "RPC_MIRROR_FILE", help: "RPC frames are copied here, secrets blanked. Debugging.")
    reader.section("Listeners")
    bindAddress = reader.address("BIND", default: "127.0.0.1", help: "Address of the RPC and HTTP listeners.")
    rpcBindAddress = reader.addressOrName(
      "RPC_BIND", default: bindAddress,
      help: "Address of the RPC listener, when it is not BIND's; a name is resolved once, at start.")
    privateBindAddress = reader.address(
      "PRIVATE_BIND", default: "127.0.0.1", help: "Address of the listener for /healthz, /readyz and /metrics.")
    rpcPort = reader.port("RPC_PORT", default: place.map { 7_101 + $0 } ?? 0, help: "RPC; 0: any free port.")
    httpPort = reader.port("HTTP_PORT", default: place.map { 8_101 + $0 } ?? 0, help: "HTTP; 0: any free port.")
    privatePort = reader.port(
      "PRIVATE_PORT", default: place.map { 9_101 + $0 } ?? 0, help: "Health and metrics; 0: any free port.")
    reader.section("Peers")
    peers = [:]
    for (index, peer) in Self.services.enumerated() where peer != service {
      peers[peer] = reader.hostPort(
        Self.peerKey(peer), default: HostPort(host: "127.0.0.1", port: 7_101 + index),
        help: "RPC address of \(peer).")
    }
    reader.section("Running")
    logLevel = reader.choice("LOG_LEVEL", default: .info, help: "The lowest level that is logged.")
    logRedactionKey = reader.secret(
      "LOG_REDACTION_KEY", help: "Keys the hashes of people's data in the log, so that they last over starts.")
    shutdownLimit = .seconds(
      reader.int("SHUTDOWN_SECONDS", default: 20, range: 1...3_600, help: "How long a stop may take before it is cut."))
    limits = CommonLimits(&reader)
  }

  /// The key of a peer's address: `SENDER_REGISTRY_RPC` for `sender-registry`.
  package static func peerKey(_ peer: ServiceName) -> String {
    String(peer.rawValue.map { $0 == "-" ? "_" : $0 }).uppercased() + "_RPC"
  }
}
