import HTTP
import JSON
import Wire

/// Makes a call's params from the three places a request can name a field in: path, query, body.
enum RESTParameters {
  /// Containers inside each other in a body: less than a frame may have, of which the params are a part.
  private static let bodyDepth = 60

  /// The JSON object of the fields. A field named twice, or one the call does not know, is refused by name.
  static func merge(
    _ request: HTTPRequest, _ endpoint: RESTEndpoint, ifVersion: Int64? = nil
  ) throws(CallFailure) -> [UInt8] {
    var writer = JSONWriter(capacity: 64 + request.body.count)
    var named: Set<String> = []
    func claim(_ name: String) throws(CallFailure) -> RESTEndpoint.FieldKind {
      guard let kind = endpoint.fields[name] else { throw unknown(name, endpoint) }
      guard named.insert(name).inserted else {
        throw .invalidArgument("FIELD_TWICE", "\(shown(name)): named twice in path, query or body", field: shown(name))
      }
      return kind
    }
    writer.beginObject()
    if let ifVersion {
      writer.key(IfVersion.field)
      writer.integer(ifVersion)
    }
    for name in endpoint.route.parameters {
      _ = try claim(name)
      writer.key(name)
      writer.string(request.pathParameters[name] ?? "")
    }
    guard let items = request.queryItems() else {
      throw .invalidArgument("QUERY_MALFORMED", "The percent-encoding of the query is broken.")
    }
    for item in items {
      let kind = try claim(item.name)
      writer.key(item.name)
      writer.raw(try json(item.value, kind, item.name))
    }
    if let document = try body(request, endpoint) {
      // Collected first: a throwing closure inside the walk would lose its type.
      var members: [(String, JSONNode)] = []
      document.root.forEachMember { members.append(($0, $1)) }
      for (name, node) in members {
        _ = try claim(name)
        writer.key(name)
        writer.raw(node)
      }
    }
    writer.endObject()
    return writer.finish()
  }

  /// For an endpoint that knows no fields at all.
  static func refuseQuery(_ request: HTTPRequest) throws(CallFailure) {
    guard let item = request.queryItems()?.first else { return }
    throw .invalidArgument(
      "UNKNOWN_FIELD", "\(shown(item.name)): not a field of this operation; it knows none", field: shown(item.name))
  }

  /// The body's type in lower case, without parameters.
  static func contentType(_ request: HTTPRequest) -> String? {
    request.headers["Content-Type"]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
  }

  private static func body(_ request: HTTPRequest, _ endpoint: RESTEndpoint) throws(CallFailure) -> JSONDocument? {
    if request.body.isEmpty { return nil }
    if endpoint.route.method == .get || endpoint.route.method == .delete {
      throw .invalidArgument("BODY_NOT_ALLOWED", "\(endpoint.route.method.rawValue) has no body here.")
    }
    guard contentType(request) == "application/json" else {
      throw .invalidArgument("CONTENT_TYPE_INVALID", "Content-Type: send application/json.")
    }
    let document: JSONDocument
    do throws(JSONFailure) {
      document = try JSONDocument(parsing: request.body, limits: JSONLimits(depth: bodyDepth))
    } catch {
      throw .invalidArgument("BODY_MALFORMED", "The body is not JSON: \(error)")
    }
    guard document.root.kind == .object else {
      throw .invalidArgument("BODY_NOT_OBJECT", "The body must be a JSON object.")
    }
    return document
  }

  private static func json(
    _ text: String, _ kind: RESTEndpoint.FieldKind, _ name: String
  ) throws(CallFailure) -> [UInt8] {
    var writer = JSONWriter()
    switch kind {
    case .text:
      writer.string(text)
    case .integer:
      guard let value = Int64(text), !text.hasPrefix("+") else { throw wrongType(name, "a whole number") }
      writer.integer(value)
    case .number:
      guard let value = Double(text), value.isFinite else { throw wrongType(name, "a number") }
      do throws(JSONEncodingFailure) { try writer.double(value) } catch { throw wrongType(name, "a number") }
    case .bool:
      guard text == "true" || text == "false" else { throw wrongType(name, "true or false") }
      writer.bool(text == "true")
    case .structured:
      throw .invalidArgument("FIELD_IN_QUERY", "\(name): belongs into the body", field: name)
    }
    return writer.finish()
  }

  private static func wrongType(_ name: String, _ expected: String) -> CallFailure {
    .invalidArgument("FIELD_TYPE_WRONG", "\(name): expected \(expected)", field: name)
  }

  private static func unknown(_ name: String, _ endpoint: RESTEndpoint) -> CallFailure {
    let known = endpoint.fields.keys.sorted().joined(separator: ", ")
    return .invalidArgument(
      "UNKNOWN_FIELD", "\(shown(name)): not a field of this operation; it knows \(known.isEmpty ? "none" : known)",
      field: shown(name))
  }

  /// Names come from outside: short in answers.
  private static func shown(_ name: String) -> String { String(name.prefix(64)) }
}
