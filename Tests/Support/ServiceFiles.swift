import Crypto
package import Daemon
import Foundation
package import Wire

/// Fresh folders and keys for a set of services, in one temporary folder: what an operator would prepare.
package final class ServiceFiles: Sendable {
  /// The folder that holds everything; `<service>/` is that service's data directory.
  package let directory: TemporaryDirectory
  private let services: [ServiceName]

  /// Makes one RPC key per pair and one sealing key per service.
  package init(_ services: [ServiceName] = CommonSettings.services) throws {
    self.services = services
    directory = try TemporaryDirectory()
    var lines: [ServiceName: String] = [:]
    for (index, first) in services.enumerated() {
      for second in services[(index + 1)...] {
        let key = Secret(RandomBytes.make(32))
        lines[first, default: ""] += PairKeys.makeLine(peer: second, keyID: "\(first).\(second)", key: key)
        lines[second, default: ""] += PairKeys.makeLine(peer: first, keyID: "\(first).\(second)", key: key)
      }
    }
    for service in services {
      try FileManager.default.createDirectory(atPath: dataDirectory(service), withIntermediateDirectories: false)
      try write(lines[service] ?? PairKeys.makeLine(peer: .operator, keyID: "alone"), to: rpcKeysFile(service))
      try write(SealingKeyring.generateFileText(keyID: "k1"), to: sealingKeyFile(service))
    }
  }

  /// Where a service's database lies.
  package func dataDirectory(_ service: ServiceName) -> String { directory.file(service.rawValue) }
  /// A service's RPC keys.
  package func rpcKeysFile(_ service: ServiceName) -> String { directory.file("\(service).rpc-keys") }
  /// A service's sealing keys.
  package func sealingKeyFile(_ service: ServiceName) -> String { directory.file("\(service).sealing-keys") }

  /// A service's RPC keys, for a test that plays it.
  package func pairKeys(_ service: ServiceName) throws -> PairKeys { try PairKeys(file: rpcKeysFile(service)) }

  /// The settings every service needs, all ports the kernel's choice.
  package func environment(_ service: ServiceName, peers: [ServiceName: HostPort] = [:]) -> [String: String] {
    var values = [
      "DATA_DIR": dataDirectory(service), "RPC_KEYS_FILE": rpcKeysFile(service),
      "SEALING_KEY_FILE": sealingKeyFile(service), "RPC_PORT": "0", "HTTP_PORT": "0", "PRIVATE_PORT": "0",
      "SHUTDOWN_SECONDS": "5",
    ]
    // Port 1 refuses: a peer nobody plays is down, not somebody else's service on this machine.
    for peer in CommonSettings.services where peer != service {
      let key = CommonSettings.peerKey(peer)
      values[key] = (peers[peer] ?? HostPort(host: "127.0.0.1", port: 1)).description
    }
    return values
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }
}
