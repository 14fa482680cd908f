/// The members of an object, asked for by property.
struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let session: JSONDecodingSession
  let index: Int
  private let verbatim = JSONKeySpelling.isVerbatim(Key.self)

  init(session: JSONDecodingSession, index: Int) throws(JSONDecodingFailure) {
    guard session.storage.tape[index].tag == JSONTapeEntry.Tag.object else {
      throw session.wrongType(at: index, expected: "object")
    }
    self.session = session
    self.index = index
  }

  var codingPath: [any CodingKey] { session.path(to: index) }

  var allKeys: [Key] {
    var keys: [Key] = []
    JSONNode(storage: session.storage, index: index).forEachMember { name, _ in
      if let key = verbatim ? Key(stringValue: name) : JSONKeySpelling.property(name, as: Key.self) { keys.append(key) }
    }
    return keys
  }

  @inline(__always)
  private func find(_ key: Key) -> Int? { session.member(key, of: index, verbatim: verbatim) }

  @inline(__always)
  private func require(_ key: Key) throws(JSONDecodingFailure) -> Int {
    guard let found = find(key) else { throw session.missing(key, in: index, verbatim: verbatim) }
    return found
  }

  /// The member if it is there and not null.
  @inline(__always)
  private func present(_ key: Key) -> Int? {
    guard let found = find(key), !session.isNull(found) else { return nil }
    return found
  }

  func contains(_ key: Key) -> Bool { find(key) != nil }
  func decodeNil(forKey key: Key) throws -> Bool { session.isNull(try require(key)) }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try session.bool(at: require(key)) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try session.string(at: require(key)) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try session.double(at: require(key)) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try session.float(at: require(key)) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try session.integer(at: require(key)) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try session.integer(at: require(key)) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try session.integer(at: require(key)) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try session.integer(at: require(key)) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try session.integer(at: require(key)) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try session.integer(at: require(key)) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try session.integer(at: require(key)) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try session.integer(at: require(key)) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try session.integer(at: require(key)) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try session.integer(at: require(key)) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try session.decode(type, at: require(key))
  }

  // The default implementations of these look a member up three times.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    guard let found = present(key) else { return nil }
    return try session.bool(at: found)
  }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    guard let found = present(key) else { return nil }
    return try session.string(at: found)
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    guard let found = present(key) else { return nil }
    return try session.double(at: found)
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    guard let found = present(key) else { return nil }
    return try session.integer(at: found) as Int
  }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
    guard let found = present(key) else { return nil }
    return try session.integer(at: found) as Int64
  }
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    guard let found = present(key) else { return nil }
    return try session.decode(type, at: found)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(try JSONKeyedDecoding<Nested>(session: session, index: require(key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try JSONUnkeyedDecoding(session: session, index: require(key))
  }

  func superDecoder() throws -> any Decoder {
    guard let found = JSONNode(storage: session.storage, index: index)["super"] else {
      throw session.failure(at: index, "missing", .missing).appending("super")
    }
    return JSONNodeDecoder(session: session, index: found.index)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    JSONNodeDecoder(session: session, index: try require(key))
  }
}
