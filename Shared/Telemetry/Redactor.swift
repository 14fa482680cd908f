import Crypto

/// Replaces people's data by a keyed hash: the same text gives the same mark as long as the key lives.
///
/// Without the key a mark cannot be turned back by trying all phone numbers, so the key is random per
/// start unless the operator sets one to correlate lines across restarts or services.
package struct Redactor: Sendable {
  private let key: [UInt8]

  /// A redactor with this key, or with a random one that nobody learns.
  package init(key: [UInt8]? = nil) { self.key = key ?? RandomBytes.make(32) }

  /// `#` and 12 hex digits: short enough to read, long enough (48 bits) not to collide within a log.
  package func mark(_ text: String) -> String {
    "#" + Hex.encode(Array(HMACSHA256.authenticate(Array(text.utf8), key: key).prefix(6)))
  }
}
