/// Makes example values from schemas, as an API description shows them.
package struct JSONSchemaExamples {
  /// Types that contain themselves end here.
  private static let mostLevels = 12

  private let catalogue: JSONSchemaCatalogue
  private let table: [String: JSONValue]

  /// `table` has values by a member's name, or by its owner's and its name (`Sender.status`), which goes before. An
  /// optional member whose value is null is left out.
  package init(_ catalogue: JSONSchemaCatalogue, table: [String: JSONValue]) {
    self.catalogue = catalogue
    self.table = table
  }

  /// A value that fits `schema`; `member` and `owner` are the names it stands under.
  package func value(of schema: JSONValue, member: String = "", owner: String = "") -> JSONValue {
    value(schema, member, owner, 0)
  }

  /// Values for the members of an object schema: the required ones, or all. `overrides` go before everything else.
  package func object(
    _ schema: JSONValue, owner: String, onlyRequired: Bool = false, overrides: JSONObject = [:]
  ) -> JSONValue {
    .object(members(schema, owner, 0, onlyRequired: onlyRequired, overrides: overrides))
  }

  private func members(
    _ schema: JSONValue, _ owner: String, _ level: Int, onlyRequired: Bool, overrides: JSONObject
  ) -> JSONObject {
    let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
    var object = JSONObject()
    for member in schema["properties"]?.object?.members ?? [] {
      if let override = overrides[member.key] {
        object[member.key] = override
      } else if required.contains(member.key) || !onlyRequired {
        let value = value(member.value, member.key, owner, level + 1)
        if !value.isNull || required.contains(member.key) { object[member.key] = value }
      }
    }
    return object
  }

  private func value(_ schema: JSONValue, _ member: String, _ owner: String, _ level: Int) -> JSONValue {
    if let known = table["\(owner).\(member)"] { return known }
    if let name = catalogue.name(in: schema) {
      guard level < Self.mostLevels, let named = catalogue.schemas[name] else { return .null }
      // What stands under a name is known by the table only for the type that has the member.
      return named["examples"]?[0] ?? value(named, "", name, level + 1)
    }
    if let known = table[member], fits(known, schema) { return known }
    if let example = schema["examples"]?[0] ?? schema["const"] ?? schema["enum"]?[0] { return example }
    if let choice = schema["anyOf"]?[0] ?? schema["oneOf"]?[0] { return value(choice, member, owner, level + 1) }
    switch schema["type"]?.string {
    case "object":
      if let values = schema["additionalProperties"], values.object != nil {
        return ["key": value(values, member, owner, level + 1)]
      }
      return .object(members(schema, owner, level, onlyRequired: false, overrides: [:]))
    case "array":
      return schema["items"].map { level < Self.mostLevels ? [value($0, member, owner, level + 1)] : [] } ?? []
    case "string": return schema["format"]?.string == "date-time" ? "2026-11-22T10:30:00.000Z" : "example"
    case "integer": return schema["minimum"] ?? 1
    case "number": return 0.5
    case "boolean": return true
    default: return [:]
    }
  }

  /// Whether a value of the table is of the schema's type: `type` may be a text here and a number there.
  private func fits(_ value: JSONValue, _ schema: JSONValue) -> Bool {
    if let texts = schema["enum"]?.array { return texts.contains(value) }
    return switch (schema["type"]?.string, value) {
    case ("string", .string), ("integer", .integer), ("number", .number), ("number", .integer), ("boolean", .bool),
      ("array", .array), ("object", .object), (_, .null):
      true
    default: false
    }
  }
}
