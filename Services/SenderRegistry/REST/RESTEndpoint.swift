import Contracts
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
  /// Whether a request that may change something gets an entry in the audit log.
  let isAudited: Bool
  let secretFields: Set<String>
  /// What a request may name. `if_version` is not among them: that is the `If-Match` header.
  let fields: [String: FieldKind]
  /// Whether the call can be meant for one version only.
  let takesIfMatch: Bool
  /// Whether the reply says its version, which is its `ETag`.
  let hasVersion: Bool
  /// Whether two replies of one version may differ.
  let isComposite: Bool

  /// Nil for a call without a route.
  init?<C: Call>(_ call: C.Type, owner: ServiceName) {
    guard let route = C.route else { return nil }
    self.owner = owner
    self.route = route
    method = C.method
    deadline = C.deadline
    isIdempotent = C.isIdempotent
    isAudited = C.isAudited && route.method != .get
    secretFields = C.secretFields
    var fields: [String: FieldKind] = [:]
    for member in JSONSchema.describe(C.self)["properties"]?.object?.members ?? [] {
      fields[member.key] = Self.kind(member.value)
    }
    takesIfMatch = fields.removeValue(forKey: IfVersion.field) != nil
    self.fields = fields
    let version = JSONSchema.describe(C.Reply.self)["properties"]?[IfVersion.replyField]
    isComposite = C.Reply.self is any CompositeReply.Type
    hasVersion = version?["type"]?.string == "integer"
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
