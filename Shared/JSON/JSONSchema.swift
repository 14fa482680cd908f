/// Describes the JSON of a type as JSON Schema (draft 2020-12).
package enum JSONSchema {
  /// The member that marks a part the probe could not see all of; its text says why. A test of the contracts can
  /// search for it.
  package static let incompleteMark = "$comment"

  /// The schema of `type`, found by decoding it from a decoder that makes values up and records what is asked for.
  ///
  /// Members appear by their wire names; those the type can do without are not `required`. Enums of text that list
  /// their cases become `enum`. Types that refuse made-up values describe themselves by `JSONSchemaDescribing`.
  package static func describe<Value: Decodable>(_ type: Value.Type) -> JSONValue {
    let probe = JSONSchemaProbe()
    var schema = probe.describe(type).schema
    guard !probe.definitions.isEmpty else { return schema }
    if case .object(var object) = schema {
      object["$defs"] = .object(probe.definitions)
      schema = .object(object)
    }
    return schema
  }

  /// A string, with a `format` or `pattern` if given.
  package static func string(format: String? = nil, pattern: String? = nil) -> JSONValue {
    var schema: JSONObject = ["type": "string"]
    schema["format"] = format.map { .string($0) }
    schema["pattern"] = pattern.map { .string($0) }
    return .object(schema)
  }

  /// Exactly one of several shapes, as enums with associated values have.
  package static func oneOf(_ schemas: [JSONValue]) -> JSONValue { ["oneOf": .array(schemas)] }

  /// An object with these members in this order.
  package static func object(_ properties: JSONObject, required: [String]) -> JSONValue {
    var schema: JSONObject = ["type": "object", "properties": .object(properties)]
    if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
    return .object(schema)
  }

  /// The integers that fit `type`; 64 bits are a format, since their borders are no exact numbers for many readers.
  static func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> JSONValue {
    var schema: JSONObject = ["type": "integer"]
    if Value.bitWidth < 64 {
      schema["minimum"] = .integer(Int64(Value.min))
      schema["maximum"] = .integer(Int64(Value.max))
    } else {
      schema["format"] = Value.isSigned ? "int64" : "uint64"
      if !Value.isSigned { schema["minimum"] = 0 }
    }
    return .object(schema)
  }
}
