/// HMAC-SHA1 (RFC 2104), which still holds as a message code although SHA-1 itself does not; a carrier signs with it.
package enum HMACSHA1 {
  /// The 20-byte code of `message` under `key` (any length).
  package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    let key = HMACKey<SHA1>(key)
    return message.withUnsafeBytes { key.authenticate($0) }
  }
}
