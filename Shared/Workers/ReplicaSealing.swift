package import Crypto
package import Wire

/// Seals what the replica carries between two services with a key of their own, derived from their RPC key:
/// the network, the frames' mirror and a third service see nothing of it.
package enum ReplicaSealing {
  private static let purpose = "wss replica v1"

  /// The keyring for values to or from `peer`. Nil when no RPC key for it is known.
  package static func keyring(with peer: ServiceName, keys: PairKeys) throws(CryptoFailure) -> SealingKeyring? {
    let pair = keys.all(for: peer)
    guard let first = pair.first else { return nil }
    if pair.count == 1 { return try SealingKeyring(keyID: sealingID(first.id), master: first.derive(purpose)) }
    let lines = pair.map { "\(sealingID($0.id)) \(Base64.encode($0.derive(purpose).bytes))" }
    return try SealingKeyring(parsing: lines.joined(separator: "\n"))
  }

  /// An RPC key's id may be longer than a sealing key's: both ends make the same short one of it.
  private static func sealingID(_ id: String) -> String {
    "rpc-" + Hex.encode(Array(SHA256.hash(Array(id.utf8)).prefix(8)))
  }

  /// Binds a value to the sender it belongs to.
  package static func binding(_ sender: String) -> String { "replica.access_token:\(sender)" }
}
