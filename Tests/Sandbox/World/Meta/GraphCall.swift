import JSON

/// A request to Graph, whatever way its parameters came: query, form or JSON body.
struct GraphCall: Sendable {
  let method: String
  /// Path without version and slashes.
  let segments: [String]
  /// Bearer header or `access_token` parameter.
  let token: String?
  /// The body of an upload, as it came.
  let raw: [UInt8]
  /// Where an upload's body belongs.
  let fileOffset: Int?
  private let fields: [String: String]
  private let body: JSONNode?

  init(
    method: String, segments: [String], bearer: String?, fields: [(String, String)], body: JSONNode?,
    raw: [UInt8] = [], fileOffset: Int? = nil
  ) {
    self.method = method
    self.raw = raw
    self.fileOffset = fileOffset
    self.segments = segments
    self.fields = Dictionary(fields) { first, _ in first }
    self.body = body
    token = bearer ?? self.fields["access_token"] ?? body?["access_token"]?.string
  }

  /// A parameter as a JSON value, if it came in a JSON body.
  func node(_ name: String) -> JSONNode? {
    guard let node = body?[name], !node.isNull else { return nil }
    return node
  }

  /// A parameter as text; numbers of a JSON body count, as they do at Meta.
  func text(_ name: String) -> String? {
    if let node = node(name) {
      return node.string ?? node.int64.map { String($0) } ?? node.bool.map { $0 ? "true" : "false" }
    }
    return fields[name]
  }

  /// A parameter that must be there.
  func required(_ name: String) throws(GraphError) -> String {
    guard let text = text(name), !text.isEmpty else { throw GraphError.missing(name) }
    return text
  }

  /// The names asked for in `fields`; nil for the default set.
  var wantedFields: [String]? {
    text("fields").map { $0.split(separator: ",").map { part in String(part.prefix { $0 != "{" && $0 != "." }) } }
  }
}
