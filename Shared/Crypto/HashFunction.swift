/// A hash that takes its input in pieces. What `HMACKey` needs to know about SHA-1 and SHA-256.
package protocol HashFunction: Sendable {
  /// Bytes per compression block (64 for both hashes here); HMAC pads its key to this size.
  static var blockByteCount: Int { get }

  /// Bytes in the result.
  static var digestByteCount: Int { get }

  /// A hash of nothing yet.
  init()

  /// Appends `bytes` to the text being hashed.
  mutating func update(_ bytes: UnsafeRawBufferPointer)

  /// Writes the hash of everything so far into the first `digestByteCount` bytes of `output`.
  func finalize(into output: UnsafeMutableRawBufferPointer)
}

extension HashFunction {
  /// Appends `bytes` to the text being hashed.
  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Appends `bytes` to the text being hashed.
  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The hash of everything so far. More may be appended afterwards.
  package func finalize() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.digestByteCount) { buffer, count in
      finalize(into: UnsafeMutableRawBufferPointer(buffer))
      count = Self.digestByteCount
    }
  }

  /// The hash of `bytes` in one call.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hasher = Self()
    hasher.update(bytes)
    return hasher.finalize()
  }
}
