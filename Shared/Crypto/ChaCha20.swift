/// The ChaCha20 stream cipher (RFC 8439 §2.3, §2.4) and HChaCha20. A building block: use `XChaCha20Poly1305`.
package enum ChaCha20 {
  /// Bytes in a key.
  package static let keyByteCount = 32

  /// Bytes in a nonce of RFC 8439.
  package static let nonceByteCount = 12

  /// Bytes of key stream under one key and nonce; the block counter is 32 bits wide.
  static let maximumByteCount = (1 << 32 - 1) * 64

  /// One block of 64 bytes of key stream. `key` is 32 bytes, `nonce` 12.
  package static func block(key: [UInt8], counter: UInt32, nonce: [UInt8]) -> [UInt8] {
    bytes(ChaChaState(key: key, counter: counter, nonce: nonce).block())
  }

  /// `text` combined with the key stream that starts at block `counter`; applying it twice gives `text` back.
  package static func apply(to text: ArraySlice<UInt8>, key: [UInt8], counter: UInt32, nonce: [UInt8]) -> [UInt8] {
    precondition(text.count <= maximumByteCount - Int(counter) * 64, "the block counter would start again")
    var state = ChaChaState(key: key, counter: counter, nonce: nonce)
    return text.withUnsafeBytes { input in
      [UInt8](unsafeUninitializedCapacity: input.count) { output, count in
        while count < input.count {
          let stream = state.block()
          let end = min(count + 64, input.count)
          withUnsafeBytes(of: stream) { stream in
            for index in count..<end { output[index] = input[index] ^ stream[index - count] }
          }
          count = end
          state.advance()
        }
      }
    }
  }

  /// HChaCha20 (draft-irtf-cfrg-xchacha-03 §2.2): a 32-byte key from a 32-byte key and 16 bytes of a long nonce.
  package static func hChaCha20(key: [UInt8], nonce: [UInt8]) -> [UInt8] {
    precondition(nonce.count == 16, "HChaCha20 takes 16 bytes of nonce")
    let first = littleEndianWord(0, of: nonce)
    let mixed = ChaChaState(key: key, counter: first, nonce: Array(nonce[4...])).mixed()
    let all = bytes(mixed)
    return Array(all[0..<16] + all[48..<64])
  }

  /// The 32-bit little-endian word at byte `offset`.
  static func littleEndianWord(_ offset: Int, of bytes: [UInt8]) -> UInt32 {
    UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8
      | UInt32(bytes[offset + 2]) << 16 | UInt32(bytes[offset + 3]) << 24
  }

  private static func bytes(_ words: InlineArray<16, UInt32>) -> [UInt8] {
    withUnsafeBytes(of: words) { Array($0) }
  }
}
