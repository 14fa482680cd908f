import Crypto
package import Wire

/// Pair keys made for one test.
package enum FreshKeys {
  /// The same fresh key in both services' words: `first`'s file and `second`'s file.
  package static func pair(_ first: ServiceName, _ second: ServiceName, id: String = "k1") throws -> (
    PairKeys, PairKeys
  ) {
    let key = Secret(RandomBytes.make(32))
    return (
      try PairKeys(parsing: PairKeys.makeLine(peer: second, keyID: id, key: key)),
      try PairKeys(parsing: PairKeys.makeLine(peer: first, keyID: id, key: key))
    )
  }
}
