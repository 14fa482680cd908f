/// The elements of an array, one after the other.
struct JSONUnkeyedDecoding: UnkeyedDecodingContainer {
  private let session: JSONDecodingSession
  private let array: Int32
  private var next: Int32
  private var position: Int32 = 0

  init(session: JSONDecodingSession, index: Int) throws(JSONDecodingFailure) {
    guard session.storage.tape[index].tag == JSONTapeEntry.Tag.array else {
      throw session.wrongType(at: index, expected: "array")
    }
    self.session = session
    array = Int32(index)
    next = array + 1
  }

  private var total: Int { session.storage.tape[Int(array)].count }

  var codingPath: [any CodingKey] { session.path(to: Int(array)) }
  var count: Int? { total }
  var currentIndex: Int { Int(position) }
  var isAtEnd: Bool { position >= total }

  /// Index of the current element.
  @inline(__always)
  private func current() throws(JSONDecodingFailure) -> Int {
    guard !isAtEnd else {
      let failure = session.failure(at: Int(array), "missing", .missing)
      throw JSONDecodingFailure(path: failure.path + "[\(position)]", reason: failure.reason, kind: failure.kind)
    }
    return Int(next)
  }

  /// Reads the current element and steps past it; stays there if reading fails, as the protocol asks.
  @inline(__always)
  private mutating func take<Value>(_ read: (JSONDecodingSession, Int) throws -> Value) throws -> Value {
    let index = try current()
    let value = try read(session, index)
    next = Int32(session.storage.tape[index].next)
    position += 1
    return value
  }

  mutating func decodeNil() throws -> Bool {
    guard session.isNull(try current()) else { return false }
    return try take { _, _ in true }
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try take { try $0.bool(at: $1) } }
  mutating func decode(_ type: String.Type) throws -> String { try take { try $0.string(at: $1) } }
  mutating func decode(_ type: Double.Type) throws -> Double { try take { try $0.double(at: $1) } }
  mutating func decode(_ type: Float.Type) throws -> Float { try take { try $0.float(at: $1) } }
  mutating func decode(_ type: Int.Type) throws -> Int { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take { try $0.integer(at: $1) } }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take { try $0.integer(at: $1) } }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let index = try current()
    let value = try session.decode(type, at: index)
    next = Int32(session.storage.tape[index].next)
    position += 1
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try take { KeyedDecodingContainer(try JSONKeyedDecoding<Nested>(session: $0, index: $1)) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try take { try JSONUnkeyedDecoding(session: $0, index: $1) }
  }

  mutating func superDecoder() throws -> any Decoder {
    try take { JSONNodeDecoder(session: $0, index: $1) }
  }
}
