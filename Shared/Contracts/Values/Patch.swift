/// What a merge says of one field (RFC 7396): nothing, "unset it", or a new value.
///
/// `var assistantID: Patch<AssistantID> = .absent` in a call reads `{}`, `{"assistant_id":null}` and
/// `{"assistant_id":"ast_…"}` as three different wishes, and writes them as such.
package enum Patch<Value: Codable & Sendable>: Sendable {
  /// The field stays as it is.
  case absent
  /// The field is unset.
  case null
  case set(Value)

  /// Nothing is asked of the field.
  package var isAbsent: Bool { if case .absent = self { true } else { false } }

  /// The new value, if one was given.
  package var value: Value? { if case .set(let value) = self { value } else { nil } }

  /// What the field is afterwards.
  package func applied(to current: Value?) -> Value? {
    switch self {
    case .absent: current
    case .null: nil
    case .set(let value): value
    }
  }
}

extension Patch: Equatable where Value: Equatable {}
extension Patch: Hashable where Value: Hashable {}

extension Patch: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self = container.decodeNil() ? .null : .set(try container.decode(Value.self))
  }

  /// Outside of an object nothing can be left out: `absent` is written as null there.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .absent, .null: try container.encodeNil()
    case .set(let value): try container.encode(value)
    }
  }
}

// The code that the compiler writes for a type's `Codable` finds these two before the general ones.

extension KeyedDecodingContainer {
  package func decode<Value>(_ type: Patch<Value>.Type, forKey key: Key) throws -> Patch<Value> {
    guard contains(key) else { return .absent }
    if try decodeNil(forKey: key) { return .null }
    return try decodeIfPresent(type, forKey: key) ?? .absent
  }
}

extension KeyedEncodingContainer {
  package mutating func encode<Value>(_ value: Patch<Value>, forKey key: Key) throws {
    switch value {
    case .absent: return
    case .null: try encodeNil(forKey: key)
    case .set(let value): try encode(value, forKey: key)
    }
  }
}
