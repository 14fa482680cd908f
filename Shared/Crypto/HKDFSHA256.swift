/// HKDF with HMAC-SHA256 (RFC 5869): independent keys from one secret, told apart by `info`.
package enum HKDFSHA256 {
  /// The longest output RFC 5869 allows, in bytes.
  package static let maximumCount = 255 * 32

  /// `count` bytes (0...8160) derived from `secret`; an empty `salt` stands for 32 zero bytes.
  package static func derive(secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
    precondition((0...maximumCount).contains(count), "HKDF-SHA256 gives 0 to 8160 bytes, not \(count)")
    let key = HMACSHA256Key(HMACSHA256.authenticate(secret, key: salt))
    var output: [UInt8] = []
    output.reserveCapacity(count + 31)
    var block: [UInt8] = []
    var index: UInt8 = 0
    while output.count < count {
      index += 1
      block = key.authenticate([block, info, [index]])
      output += block
    }
    output.removeLast(output.count - count)
    return output
  }
}
