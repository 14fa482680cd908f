package import JSON

/// Checks values against schemas: the part of JSON Schema (draft 2020-12) that the product's own schemas use. A keyword
/// it does not know is a finding too, so that nothing is passed over in silence.
package struct JSONSchemaCheck {
  private static let notes: Set<String> = ["description", "title", "default", "examples"]
  private static let prefix = "#/components/schemas/"

  private let definitions: JSONObject
  /// Whether members that a schema does not list are findings.
  private let isClosed: Bool

  package init(definitions: JSONObject, isClosed: Bool = true) {
    self.definitions = definitions
    self.isClosed = isClosed
  }

  /// What is wrong with `value`, each with its path; empty when it fits.
  package func findings(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
    guard let rules = schema.object else { return ["\(path): the schema is no object"] }
    return rules.members.flatMap { check($0.key, $0.value, rules, value, path) }
  }

  private func check(
    _ keyword: String, _ rule: JSONValue, _ rules: JSONObject, _ value: JSONValue, _ path: String
  ) -> [String] {
    switch keyword {
    case "$ref":
      guard let name = rule.string, name.hasPrefix(Self.prefix),
        let schema = definitions[String(name.dropFirst(Self.prefix.count))]
      else { return ["\(path): nothing is called \(rule)"] }
      return findings(value, schema, at: path)
    case "type": return expect(isOf(type: rule.string ?? "", value), "is no \(rule.string ?? "?")", value, path)
    case "enum": return expect(rule.array?.contains(value) == true, "is not one of \(rule)", value, path)
    case "const": return expect(rule == value, "is not \(rule)", value, path)
    case "pattern": return expect(matches(rule.string ?? "", value), "does not match \(rule)", value, path)
    case "format": return expect(isOf(format: rule.string ?? "", value), "is no \(rule.string ?? "?")", value, path)
    case "minimum": return expect(value.double.map { $0 >= rule.double ?? 0 } ?? true, "is below \(rule)", value, path)
    case "maximum": return expect(value.double.map { $0 <= rule.double ?? 0 } ?? true, "is above \(rule)", value, path)
    case "minLength": return expect(value.string.map { $0.count >= length(rule) } ?? true, "is too short", value, path)
    case "maxLength": return expect(value.string.map { $0.count <= length(rule) } ?? true, "is too long", value, path)
    case "minItems": return expect(value.array.map { $0.count >= length(rule) } ?? true, "has too few", value, path)
    case "maxItems": return expect(value.array.map { $0.count <= length(rule) } ?? true, "has too many", value, path)
    case "items":
      return (value.array ?? []).enumerated().flatMap { findings($1, rule, at: "\(path)[\($0)]") }
    case "anyOf":
      let fits = (rule.array ?? []).contains { findings(value, $0, at: path).isEmpty }
      return expect(fits, "fits none of \(rule)", value, path)
    case "oneOf":
      let fitting = (rule.array ?? []).count { findings(value, $0, at: path).isEmpty }
      return expect(fitting == 1, "fits \(fitting) of \(rule)", value, path)
    case "required":
      guard let object = value.object else { return [] }
      return (rule.array ?? []).compactMap(\.string).filter { object[$0] == nil }.map { "\(path): lacks \($0)" }
    case "properties": return members(rule, rules["additionalProperties"], value, path)
    case "additionalProperties":
      // Beside `properties` it is looked at there.
      return rules["properties"] == nil ? members([:], rule, value, path) : []
    default: return Self.notes.contains(keyword) ? [] : ["\(path): the check does not know \(keyword)"]
    }
  }

  private func members(_ known: JSONValue, _ others: JSONValue?, _ value: JSONValue, _ path: String) -> [String] {
    (value.object?.members ?? []).flatMap { member -> [String] in
      let place = "\(path).\(member.key)"
      if let schema = known[member.key] { return findings(member.value, schema, at: place) }
      switch others {
      case .object: return others.map { findings(member.value, $0, at: place) } ?? []
      case .bool(true): return []
      case .bool(false): return ["\(place): is not in the schema"]
      default: return isClosed ? ["\(place): is not in the schema"] : []
      }
    }
  }

  private func expect(_ holds: Bool, _ what: String, _ value: JSONValue, _ path: String) -> [String] {
    holds ? [] : ["\(path): \(value) \(what)"]
  }

  private func length(_ rule: JSONValue) -> Int { Int(rule.int64 ?? 0) }

  private func isOf(type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("integer", .integer), ("integer", .unsigned), ("number", .integer),
      ("number", .unsigned), ("number", .number), ("string", .string), ("array", .array), ("object", .object):
      true
    default: false
    }
  }

  private func matches(_ pattern: String, _ value: JSONValue) -> Bool {
    guard let text = value.string else { return true }
    guard let regex = try? Regex(pattern) else { return false }
    return text.firstMatch(of: regex) != nil
  }

  private func isOf(format: String, _ value: JSONValue) -> Bool {
    switch format {
    case "date-time":
      value.string.map { $0.utf8.count == 24 && matches("^[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z$", .string($0)) } ?? true
    case "int64": value.int64 != nil || value.double == nil
    case "uint64": value.uint64 != nil || value.double == nil
    case "e164", "uri", "email": true
    default: false
    }
  }
}
