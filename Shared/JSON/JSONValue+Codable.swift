extension JSONValue: Codable {
  /// With our decoder the value is read off the document; the rest is for others.
  package init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONNodeDecoder {
      self.init(JSONNode(storage: decoder.session.storage, index: decoder.index))
      return
    }
    if let members = try? decoder.container(keyedBy: JSONKey.self) {
      var object = JSONObject()
      for key in members.allKeys { object[key.stringValue] = try members.decode(JSONValue.self, forKey: key) }
      self = .object(object)
      return
    }
    if var elements = try? decoder.unkeyedContainer() {
      var array: [JSONValue] = []
      while !elements.isAtEnd { array.append(try elements.decode(JSONValue.self)) }
      self = .array(array)
      return
    }
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self = .null
    } else if let value = try? single.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? single.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? single.decode(UInt64.self) {
      self = .unsigned(value)
    } else if let value = try? single.decode(Double.self) {
      self = .number(value)
    } else {
      self = .string(try single.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    if let encoder = encoder as? JSONSlotEncoder { return try encoder.session.write(self, into: encoder.slot) }
    switch self {
    case .object(let object):
      var members = encoder.container(keyedBy: JSONKey.self)
      for member in object.members { try members.encode(member.value, forKey: JSONKey(member.key)) }
    case .array(let array):
      var elements = encoder.unkeyedContainer()
      for element in array { try elements.encode(element) }
    default:
      var single = encoder.singleValueContainer()
      switch self {
      case .bool(let value): try single.encode(value)
      case .integer(let value): try single.encode(value)
      case .unsigned(let value): try single.encode(value)
      case .number(let value): try single.encode(value)
      case .string(let value): try single.encode(value)
      default: try single.encodeNil()
      }
    }
  }
}

extension JSONWriter {
  /// Writes any value; refuses numbers that are not finite and more than 64 levels.
  package mutating func value(_ value: JSONValue) throws(JSONEncodingFailure) { try self.value(value, depth: 0) }

  /// Recursion is bounded by the depth, which is that of the containers around the value.
  mutating func value(_ value: JSONValue, depth: Int) throws(JSONEncodingFailure) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .unsigned(let value): integer(value)
    case .number(let value): try double(value)
    case .string(let value): string(value)
    case .array(let elements):
      try checkDepth(depth)
      beginArray()
      for element in elements { try self.value(element, depth: depth + 1) }
      endArray()
    case .object(let object):
      try checkDepth(depth)
      beginObject()
      for member in object.members {
        key(member.key)
        try self.value(member.value, depth: depth + 1)
      }
      endObject()
    }
  }

  private func checkDepth(_ depth: Int) throws(JSONEncodingFailure) {
    guard depth < JSONEncodingSession.mostLevels else {
      throw JSONEncodingFailure(path: path, reason: "nested deeper than \(JSONEncodingSession.mostLevels)")
    }
  }
}
