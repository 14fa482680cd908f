/// Records the members a type asks for.
struct JSONSchemaKeyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let probe: JSONSchemaProbe
  let shape: JSONSchemaShape
  let isEmpty: Bool

  var codingPath: [any CodingKey] { [] }

  /// A type that asks for all keys holds data under them: one made-up key shows what. It reads as a number too, for
  /// dictionaries keyed by integers.
  var allKeys: [Key] {
    if case .object(let properties, _) = shape.content, properties.isEmpty { shape.content = .map([:]) }
    return isEmpty ? [] : [Key(stringValue: "0")].compactMap(\.self)
  }

  private func describe<Value: Decodable>(_ type: Value.Type, _ key: Key, isRequired: Bool) -> Value? {
    let (schema, value) = probe.describe(type)
    record(schema, key, isRequired: isRequired)
    return value
  }

  private func record(_ schema: JSONValue, _ key: Key, isRequired: Bool) {
    if case .map = shape.content { shape.content = .map(schema) }
    let name = JSONKeySpelling.isVerbatim(Key.self) ? key.stringValue : JSONKeySpelling.wire(key.stringValue)
    shape.add(name, schema, isRequired: isRequired)
  }

  func contains(_ key: Key) -> Bool { true }

  func decodeNil(forKey key: Key) throws -> Bool { false }

  // The protocol's requirements for scalars have no default that leads here, but a scalar is a `Decodable` like others.
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try required(type, key) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try required(type, key) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try required(type, key) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try required(type, key) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try required(type, key) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try required(type, key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try required(type, key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try required(type, key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try required(type, key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try required(type, key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try required(type, key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try required(type, key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try required(type, key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try required(type, key) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try required(type, key) }

  private func required<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value {
    guard let value = describe(type, key, isRequired: true) else { throw JSONSchemaProbe.NoValue() }
    return value
  }

  // Nothing is ever present where the type can do without: that also ends types that contain themselves.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { optional(type, key) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { optional(type, key) }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { optional(type, key) }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { optional(type, key) }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { optional(type, key) }
  func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { optional(type, key) }
  func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { optional(type, key) }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { optional(type, key) }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { optional(type, key) }
  func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { optional(type, key) }
  func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { optional(type, key) }
  func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { optional(type, key) }
  func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { optional(type, key) }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { optional(type, key) }
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? { optional(type, key) }

  private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
    _ = describe(type, key, isRequired: false)
    return nil
  }

  private func nested(_ key: Key) -> JSONSchemaDecoder {
    JSONSchemaDecoder(probe: probe, shape: JSONSchemaShape(), offer: 0, isEmpty: isEmpty)
  }

  /// Members that are opened by hand are recorded as what they are, without what is in them.
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    record(["type": "object"], key, isRequired: true)
    return try nested(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    record(["type": "array"], key, isRequired: true)
    return try nested(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { throw JSONSchemaProbe.NoValue() }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw JSONSchemaProbe.NoValue() }
}
