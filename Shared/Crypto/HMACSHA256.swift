/// HMAC-SHA256 (RFC 2104, FIPS 198-1) in one call. For many messages under one key keep an `HMACSHA256Key`.
package enum HMACSHA256 {
  /// The 32-byte code of `message` under `key` (any length).
  package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    HMACSHA256Key(key).authenticate(message)
  }
}
