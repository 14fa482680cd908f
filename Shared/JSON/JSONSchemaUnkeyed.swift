/// Records what a type asks of the elements of an array, by pretending there is one.
struct JSONSchemaUnkeyed: UnkeyedDecodingContainer {
  let probe: JSONSchemaProbe
  let shape: JSONSchemaShape
  private(set) var isAtEnd: Bool

  init(probe: JSONSchemaProbe, shape: JSONSchemaShape, isAtEnd: Bool) {
    self.probe = probe
    self.shape = shape
    self.isAtEnd = isAtEnd
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { nil }
  var currentIndex: Int { 0 }

  private mutating func element<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let (schema, value) = probe.describe(type)
    shape.content = .array(schema)
    isAtEnd = true
    guard let value else { throw JSONSchemaProbe.NoValue() }
    return value
  }

  mutating func decodeNil() throws -> Bool { false }
  mutating func decode(_ type: Bool.Type) throws -> Bool { try element(type) }
  mutating func decode(_ type: String.Type) throws -> String { try element(type) }
  mutating func decode(_ type: Double.Type) throws -> Double { try element(type) }
  mutating func decode(_ type: Float.Type) throws -> Float { try element(type) }
  mutating func decode(_ type: Int.Type) throws -> Int { try element(type) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try element(type) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try element(type) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try element(type) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try element(type) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try element(type) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try element(type) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try element(type) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try element(type) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try element(type) }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try element(type) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    throw JSONSchemaProbe.NoValue()
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw JSONSchemaProbe.NoValue() }
  mutating func superDecoder() throws -> any Decoder { throw JSONSchemaProbe.NoValue() }
}
