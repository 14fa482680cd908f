import Glibc

/// Random bytes from the kernel, fit for keys and nonces.
package enum RandomBytes {
  /// The most getentropy(3) gives at once.
  private static let chunk = 256

  /// `count` bytes of getrandom(2). A kernel that has none to give ends the process: there is no weaker substitute.
  package static func make(_ count: Int) -> [UInt8] {
    precondition(count >= 0, "a count of random bytes cannot be negative: \(count)")
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let wanted = min(chunk, count - filled)
        // glibc's getentropy is getrandom(2) without flags, in full or not at all; Swift's Glibc lacks the call itself.
        guard let start = buffer.baseAddress, getentropy(start + filled, wanted) == 0 else {
          fatalError("getentropy failed with errno \(errno)")
        }
        filled += wanted
      }
    }
  }
}
