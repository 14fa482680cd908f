import JSON
import TestSupport
import Wire

/// One operation as the API describes itself: enough to make a request and to judge an answer.
struct APIOperation: Sendable {
  struct Parameter: Sendable {
    let name: String
    /// `path`, `query` or `header`.
    let place: String
    let isRequired: Bool
    let schema: JSONValue
    let example: JSONValue
  }

  /// A place of a request that takes an identifier.
  struct Slot: Sendable, Hashable {
    /// `path`, `query` or `body`.
    let place: String
    let name: String
    /// `snd` for a sender's.
    let prefix: String
    let isList: Bool
  }

  /// The method's name, for example `registry.sender.get`.
  let id: String
  let method: String
  let path: String
  /// Nil when it is for everybody.
  let role: Role?
  let parameters: [Parameter]
  /// The example of the JSON body; nil when it takes none.
  let body: JSONValue?
  /// Members that a body must have.
  let required: Set<String>
  /// What a body may be when it is not JSON.
  let contentTypes: [String]
  let slots: [Slot]
  /// By status, or `default`; resolved.
  let responses: [String: JSONValue]

  /// Nil when the description's value is no operation.
  init?(path: String, method: String, value: JSONValue, in check: OpenAPICheck) {
    guard let id = value["operationId"]?.string else { return nil }
    self.id = id
    self.method = method.uppercased()
    self.path = path
    role = value["x-required-role"]?.string.flatMap(Role.init(rawValue:))
    parameters = (value["parameters"]?.array ?? []).compactMap { raw in
      guard let found = check.resolve(raw), let name = found["name"]?.string, let place = found["in"]?.string else {
        return nil
      }
      return Parameter(
        name: name, place: place, isRequired: found["required"] == true, schema: found["schema"] ?? [:],
        example: found["example"] ?? .null)
    }
    let content = value["requestBody"]?["content"]?.object ?? [:]
    body = content["application/json"]?["example"]
    contentTypes = content.keys.filter { $0 != "application/json" }
    var slots: [Slot] = []
    for parameter in parameters {
      if let slot = Self.slot(parameter.place, parameter.name, parameter.schema, check) { slots.append(slot) }
    }
    let schema = content["application/json"]?["schema"].flatMap { check.resolve($0) }
    required = Set(schema?["required"]?.array?.compactMap(\.string) ?? [])
    for member in schema?["properties"]?.object?.members ?? [] {
      if let slot = Self.slot("body", member.key, member.value, check) { slots.append(slot) }
    }
    self.slots = slots
    responses = Dictionary(
      (value["responses"]?.object?.members ?? []).map { ($0.key, check.resolve($0.value) ?? .null) }
    ) { first, _ in first }
  }

  private static func slot(_ place: String, _ name: String, _ schema: JSONValue, _ check: OpenAPICheck) -> Slot? {
    let (element, isList) = schema["items"].map { ($0, true) } ?? (schema, false)
    // A field that may be unset is an identifier or null.
    for choice in element["anyOf"]?.array ?? [element] {
      guard let pattern = check.resolve(choice)?["pattern"]?.string, pattern.hasPrefix("^"),
        let end = pattern.firstRange(of: "_[0-9A-HJKMNP-TV-Z]{26}")
      else { continue }
      let prefix = String(pattern[..<end.lowerBound].dropFirst())
      return Slot(place: place, name: name, prefix: prefix, isList: isList)
    }
    return nil
  }

  /// Whether a request's path, without its query, is one of this operation.
  func matches(_ method: String, _ path: String) -> Bool {
    let (pattern, segments) = (self.path.split(separator: "/"), path.split(separator: "/"))
    guard method == self.method, pattern.count == segments.count else { return false }
    return zip(pattern, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
  }

  /// How many of its path's parts are fixed: of two that match, the more exact one is meant.
  var exactness: Int { path.split(separator: "/").count { !$0.hasPrefix("{") } }
}
