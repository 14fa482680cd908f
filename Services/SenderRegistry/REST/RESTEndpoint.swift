import JSON
import Wire

/// A call as people reach it over HTTP: what its declaration says, and which fields it knows.
struct RESTEndpoint: Sendable {
  /// How a query parameter's text becomes JSON.
  enum FieldKind: Sendable {
    case text, integer, number, bool
    /// Arrays and objects: in the body only.
    case structured
  }

  let owner: ServiceName
  let method: String
  let route: Route
  let deadline: Duration
  let isIdempotent: Bool
  let fields: [String: FieldKind]

  /// Nil for a call without a route.
  init?<C: Call>(_ call: C.Type, owner: ServiceName) {
    guard let route = C.route else { return nil }
    self.owner = owner
    self.route = route
    method = C.method
    deadline = C.deadline
    isIdempotent = C.isIdempotent
    var fields: [String: FieldKind] = [:]
    for member in JSONSchema.describe(C.self)["properties"]?.object?.members ?? [] {
      fields[member.key] = Self.kind(member.value)
    }
    self.fields = fields
  }

  private static func kind(_ schema: JSONValue) -> FieldKind {
    switch schema["type"]?.string {
    case "integer": .integer
    case "number": .number
    case "boolean": .bool
    case "array", "object": .structured
    default: .text
    }
  }
}
