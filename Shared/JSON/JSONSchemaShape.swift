/// What one type was seen to ask of its decoder.
final class JSONSchemaShape {
  enum Content {
    case unseen
    case leaf(JSONValue)
    case object(properties: JSONObject, required: [String])
    case map(JSONValue)
    case array(JSONValue)
  }

  var content = Content.unseen
  /// The type asked whether it is null before anything else.
  var isNullable = false

  /// Whether another made-up scalar could change the outcome.
  var isLeaf: Bool { if case .leaf = content { true } else { false } }

  /// Whether it is a struct, with or without members.
  var hasMembers: Bool {
    switch content {
    case .unseen, .object: true
    case .leaf, .map, .array: false
    }
  }

  func add(_ name: String, _ schema: JSONValue, isRequired: Bool) {
    guard case .object(var properties, var required) = content else { return }
    // The first answer stays: a type that tries several forms of one member lists the one it prefers first.
    if properties[name] == nil {
      properties[name] = schema
      if isRequired { required.append(name) }
    }
    content = .object(properties: properties, required: required)
  }

  var schema: JSONValue {
    let schema: JSONValue =
      switch content {
      // Synthesized inits of structs without members ask nothing.
      case .unseen: JSONSchema.object([:], required: [])
      case .leaf(let schema): schema
      case .object(let properties, let required): JSONSchema.object(properties, required: required)
      case .map(let values): ["type": "object", "additionalProperties": values]
      case .array(let items): ["type": "array", "items": items]
      }
    return isNullable ? ["anyOf": [schema, ["type": "null"]]] : schema
  }
}
