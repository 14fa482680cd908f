/// A cursor at one value of a document. Cheap to copy, keeps the document alive.
package struct JSONNode: Sendable {
  let storage: JSONStorage
  let index: Int

  /// What the value is.
  package var kind: JSONKind { storage.kind(at: index) }

  /// Whether the value is `null`.
  package var isNull: Bool { storage.tape[index].tag == JSONTapeEntry.Tag.null }

  /// The value if it is `true` or `false`.
  package var bool: Bool? {
    switch storage.tape[index].tag {
    case JSONTapeEntry.Tag.true: true
    case JSONTapeEntry.Tag.false: false
    default: nil
    }
  }

  /// The value if it is a string, escapes resolved.
  package var string: String? { kind == .string ? storage.text(at: index) : nil }

  /// The value if it is written as an integer (no fraction, no exponent) and fits; never rounded.
  package var int64: Int64? { storage.integer(at: index) }

  /// The value if it is written as an integer (no fraction, no exponent) and fits; never rounded.
  package var uint64: UInt64? { storage.integer(at: index) }

  /// The nearest `Double` if it is a number. Always finite.
  package var double: Double? { storage.double(at: index) }

  /// Number of elements or members; 0 for a scalar.
  package var count: Int { storage.tape[index].count }

  /// The value's bytes as they were received, without white space around them.
  package var bytes: ArraySlice<UInt8> { storage.bytes[range] }

  /// Where the value's bytes are in the document.
  package var range: Range<Int> { Int(storage.tape[index].start)..<Int(storage.tape[index].end) }

  /// Whether the value is a string equal to `text`. Allocates nothing unless the value has escapes.
  package func stringEquals(_ text: String) -> Bool {
    guard kind == .string else { return false }
    var text = text
    return text.withUTF8 { storage.text(at: index, equals: $0) }
  }

  /// The value of a member by its exact wire name; nil if there is none or this is not an object.
  package subscript(key: String) -> JSONNode? {
    guard kind == .object else { return nil }
    var key = key
    return key.withUTF8 { storage.member($0, of: index, from: index + 1) }.map {
      JSONNode(storage: storage, index: $0)
    }
  }

  /// The element at `position`; nil past the end or if this is not an array. Walks: for all of them, `forEachElement`.
  package subscript(position: Int) -> JSONNode? {
    guard kind == .array, position >= 0, position < count else { return nil }
    var at = index + 1
    for _ in 0..<position { at = Int(storage.tape[at].next) }
    return JSONNode(storage: storage, index: at)
  }

  /// Calls `body` for each member of an object in document order; does nothing for other kinds.
  package func forEachMember<Failure: Error>(
    _ body: (_ key: String, _ value: JSONNode) throws(Failure) -> Void
  ) throws(Failure) {
    guard kind == .object else { return }
    var at = index + 1
    for _ in 0..<count {
      try body(storage.text(at: at), JSONNode(storage: storage, index: at + 1))
      at = Int(storage.tape[at + 1].next)
    }
  }

  /// Calls `body` for each element of an array in order; does nothing for other kinds.
  package func forEachElement<Failure: Error>(_ body: (JSONNode) throws(Failure) -> Void) throws(Failure) {
    guard kind == .array else { return }
    var at = index + 1
    for _ in 0..<count {
      try body(JSONNode(storage: storage, index: at))
      at = Int(storage.tape[at].next)
    }
  }

  /// Turns the value into a `Type`. Property names are matched by `JSONKeySpelling`; unknown members are ignored.
  ///
  /// The failure's path starts at this node.
  package func decode<Value: Decodable>(_ type: Value.Type) throws(JSONDecodingFailure) -> Value {
    let session = JSONDecodingSession(storage: storage, root: index)
    return try session.decode(type, at: index)
  }
}
