/// The `Decoder` that records what is asked for and answers with made-up values.
struct JSONSchemaDecoder: Decoder {
  let probe: JSONSchemaProbe
  let shape: JSONSchemaShape
  /// Which of the probe's strings and integers a scalar gets.
  let offer: Int
  /// Whether collections pretend to have no element.
  let isEmpty: Bool

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    if case .object = shape.content {} else { shape.content = .object(properties: JSONObject(), required: []) }
    return KeyedDecodingContainer(JSONSchemaKeyed<Key>(probe: probe, shape: shape, isEmpty: isEmpty))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    shape.content = .array([:])
    return JSONSchemaUnkeyed(probe: probe, shape: shape, isAtEnd: isEmpty)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension JSONSchemaDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool {
    if case .unseen = shape.content { shape.isNullable = true }
    return false
  }

  private func leaf<Value>(_ schema: JSONValue, _ value: Value) -> Value {
    // The first answer stays, as with members.
    if case .unseen = shape.content { shape.content = .leaf(schema) }
    return value
  }

  private func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
    leaf(JSONSchema.integer(type), Value(clamping: JSONSchemaProbe.integers[offer]))
  }

  func decode(_ type: Bool.Type) throws -> Bool { leaf(["type": "boolean"], false) }
  func decode(_ type: String.Type) throws -> String { leaf(["type": "string"], JSONSchemaProbe.strings[offer]) }
  func decode(_ type: Double.Type) throws -> Double {
    leaf(["type": "number"], Double(JSONSchemaProbe.integers[offer]))
  }
  func decode(_ type: Float.Type) throws -> Float { leaf(["type": "number"], Float(JSONSchemaProbe.integers[offer])) }
  func decode(_ type: Int.Type) throws -> Int { integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { integer(type) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let (schema, value) = probe.describe(type)
    if case .unseen = shape.content { shape.content = .leaf(schema) }
    guard let value else { throw JSONSchemaProbe.NoValue() }
    return value
  }
}
