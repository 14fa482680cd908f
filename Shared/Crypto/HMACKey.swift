/// A key for HMAC (RFC 2104) with the two padded key blocks already hashed, so that a message costs only itself.
struct HMACKey<Hash: HashFunction>: Sendable {
  private let inner: Hash
  private let outer: Hash

  init(_ key: [UInt8]) {
    var block = key.count > Hash.blockByteCount ? Hash.hash(key) : key
    block.append(contentsOf: repeatElement(0, count: Hash.blockByteCount - block.count))
    var inner = Hash()
    inner.update(block.map { $0 ^ 0x36 })
    var outer = Hash()
    outer.update(block.map { $0 ^ 0x5c })
    self.inner = inner
    self.outer = outer
  }

  func authenticate(_ message: UnsafeRawBufferPointer) -> [UInt8] {
    var hash = inner
    hash.update(message)
    return finish(hash)
  }

  func authenticate(_ parts: [[UInt8]]) -> [UInt8] {
    var hash = inner
    for part in parts { hash.update(part) }
    return finish(hash)
  }

  private func finish(_ message: Hash) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: Hash.digestByteCount, alignment: 8) { digest in
      message.finalize(into: digest)
      var hash = outer
      hash.update(UnsafeRawBufferPointer(digest))
      return hash.finalize()
    }
  }
}
