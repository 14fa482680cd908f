/// A checked JSON document: its bytes and an index of every value in them.
///
/// Reading costs one pass. Values are converted when they are asked for, so a document may be read in part: the
/// envelope by name, the rest through `JSONNode.decode`.
package struct JSONDocument: Sendable {
  let storage: JSONStorage

  /// Reads exactly one value (RFC 8259) and refuses everything `JSONFailure.Kind` names.
  package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONFailure) {
    guard bytes.count <= limits.maxBytes else {
      throw JSONFailure(kind: .tooLong(limit: limits.maxBytes), offset: limits.maxBytes, line: 1)
    }
    // `withUnsafeBufferPointer` passes typed errors through, and hands out the address only for the closure.
    let tape = try bytes.withUnsafeBufferPointer { buffer throws(JSONFailure) in
      guard let base = buffer.baseAddress, !buffer.isEmpty else {
        throw JSONFailure(kind: .empty, offset: 0, line: 1)
      }
      var scanner = JSONScanner(base: base, end: buffer.count, limits: limits)
      try scanner.scanDocument()
      return scanner.tape
    }
    storage = JSONStorage(bytes: bytes, tape: tape)
  }

  /// Reads the UTF-8 bytes of `text`.
  package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONFailure) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// The document's one value.
  package var root: JSONNode { JSONNode(storage: storage, index: 0) }
}
