/// SHA-256 (FIPS 180-4), fed in pieces or in one call of `hash`.
package struct SHA256: HashFunction {
  package static let blockByteCount = 64
  package static let digestByteCount = 32

  private var hasher = BlockHasher<SHA256Core>()

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hasher.update(bytes)
  }

  package func finalize(into output: UnsafeMutableRawBufferPointer) {
    hasher.finalize(into: output)
  }
}
