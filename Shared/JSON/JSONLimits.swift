/// What a reader accepts at most. Every limit is checked while the bytes are read, not afterwards.
package struct JSONLimits: Sendable, Equatable {
  /// The largest tape index and source offset is 32 bits, and a container's count 28: no setting may exceed this.
  package static let largestDocument = 1 << 28

  /// Bytes in the whole document. 1 MiB is the largest frame between services.
  package var maxBytes: Int
  /// Containers inside each other. A scalar has depth 0, `[]` depth 1. At most 512: the reader does not recurse, but
  /// types that decode themselves do.
  package var depth: Int
  /// Members of one object. Duplicates are searched for in all of them, so this also bounds that work.
  package var keysPerObject: Int
  /// Bytes of one number: `Double.greatestFiniteMagnitude` written out takes 309.
  package var bytesPerNumber: Int
  /// Whether an object may name a member twice: only for `JSONMending`, which keeps the last. Every other reader would
  /// see the first.
  var allowsRepeatedNames = false

  /// Limits fit for one message of the protocol between services; a `maxBytes` over 256 MiB counts as 256 MiB.
  package init(maxBytes: Int = 1 << 20, depth: Int = 64, keysPerObject: Int = 1_000, bytesPerNumber: Int = 512) {
    self.maxBytes = min(max(maxBytes, 0), Self.largestDocument)
    self.depth = min(depth, 512)
    self.keysPerObject = keysPerObject
    self.bytesPerNumber = bytesPerNumber
  }
}
