package import Crypto
package import Wire

/// Seals what the replica carries between two services with a key of their own, derived from their RPC key:
/// the network, the frames' mirror and a third service see nothing of it.
package enum ReplicaSealing {
  private static let purpose = "wss replica v1"

  /// The keyring for values to or from `peer`. Nil when no RPC key for it is known.
  package static func keyring(with peer: ServiceName, keys: PairKeys) throws(CryptoFailure) -> SealingKeyring? {
    let lines = keys.all(for: peer).map { "\(sealingID($0.id)) \(Base64.encode($0.derive(purpose).bytes))" }
    return lines.isEmpty ? nil : try SealingKeyring(parsing: lines.joined(separator: "\n"))
  }

  /// RPC key ids may be longer than those of sealing keys and have dots: both ends name the key by a hash instead.
  private static func sealingID(_ id: String) -> String { Hex.encode(Array(SHA256.hash(Array(id.utf8)).prefix(8))) }

  /// Binds a value to the sender it belongs to.
  package static func binding(_ sender: String) -> String { "replica.access_token:\(sender)" }
}
