/// SHA-1 (FIPS 180-4). Broken for signatures of documents; here only because a carrier signs webhooks with HMAC-SHA1.
package struct SHA1: HashFunction {
  package static let blockByteCount = 64
  package static let digestByteCount = 20

  private var hasher = BlockHasher<SHA1Core>()

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hasher.update(bytes)
  }

  package func finalize(into output: UnsafeMutableRawBufferPointer) {
    hasher.finalize(into: output)
  }
}
