/// An HMAC-SHA256 key prepared once: signing or checking a message then hashes only the message and one more block.
package struct HMACSHA256Key: Sendable {
  private let key: HMACKey<SHA256>

  /// Prepares `key`, of any length (longer than 64 bytes is hashed first, as RFC 2104 says).
  package init(_ key: [UInt8]) {
    self.key = HMACKey(key)
  }

  /// Prepares the bytes of `secret`.
  package init(_ secret: Secret) {
    self.init(secret.bytes)
  }

  /// The 32-byte code of `message`.
  package func authenticate(_ message: [UInt8]) -> [UInt8] {
    message.withUnsafeBytes { key.authenticate($0) }
  }

  /// The 32-byte code of `message`, without copying it.
  package func authenticate(_ message: UnsafeRawBufferPointer) -> [UInt8] {
    key.authenticate(message)
  }

  /// The 32-byte code of the parts joined without separators.
  package func authenticate(_ parts: [[UInt8]]) -> [UInt8] {
    key.authenticate(parts)
  }

  /// Whether `code` is the code of `message`, compared in constant time.
  package func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
    constantTimeEquals(code, authenticate(message))
  }
}

/// Keys never print themselves.
extension HMACSHA256Key: CustomStringConvertible, CustomReflectable {
  package var description: String { "HMACSHA256Key(…)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
