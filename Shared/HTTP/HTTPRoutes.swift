/// Finds a handler by method and path. Patterns are `/v1/senders/{id}`; `{rest...}` at the end takes the rest.
package struct HTTPRoutes: Sendable {
  package typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

  /// What a method and a path lead to.
  package enum Match: Sendable {
    case found(Handler, parameters: [String: String], pattern: String)
    case notFound
    case methodNotAllowed(allow: [String])
    /// The path's percent-encoding is broken.
    case badPath
  }

  private struct Entry: Sendable {
    let pattern: String
    let names: [String]
    let handler: Handler
  }

  private struct Node: Sendable {
    var literals: [String: Node] = [:]
    /// At most one element: the node behind `{name}`. (A struct cannot hold itself directly.)
    var parameter: [Node] = []
    var entries: [String: Entry] = [:]
    var restEntries: [String: Entry] = [:]
  }

  private var root = Node()
  /// Every registered (method, pattern), in order.
  package private(set) var all: [(method: String, pattern: String)] = []

  package init() {}

  /// Adds a route. Two for the same method and path, or a malformed pattern, are mistakes of ours and trap.
  package mutating func on(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
    precondition(pattern.hasPrefix("/"), "a pattern starts with /: \(pattern)")
    let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let names = segments.filter { $0.hasPrefix("{") }.map(Self.name)
    precondition(Set(names).count == names.count, "a parameter is named twice: \(pattern)")
    let entry = Entry(pattern: pattern, names: names, handler: handler)
    Self.insert(entry, method, segments[...], into: &root)
    all.append((method, pattern))
  }

  /// Looks up; HEAD falls back to GET. Literal segments win over parameters.
  package func match(method: String, path: String) -> Match {
    guard path.utf8.first == 0x2F else { return .notFound }
    // Split first, decode then: an encoded slash belongs to its segment.
    var segments: [String] = []
    for raw in path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
      guard let segment = HTTPPercentDecoding.decode(raw) else { return .badPath }
      segments.append(segment)
    }
    var methods: Set<String> = []
    if let (entry, values) = find(method, segments[...], root, [], &methods) {
      let parameters = Dictionary(zip(entry.names, values)) { first, _ in first }
      return .found(entry.handler, parameters: parameters, pattern: entry.pattern)
    }
    if methods.isEmpty { return .notFound }
    if methods.contains("GET") { methods.insert("HEAD") }
    return .methodNotAllowed(allow: methods.sorted())
  }

  /// Answers a request: its handler's answer, or a problem with 400, 404 or 405.
  package func respond(to request: HTTPRequest) async -> HTTPResponse {
    switch match(method: request.method, path: request.path) {
    case .found(let handler, let parameters, let pattern):
      var request = request
      request.pathParameters = parameters
      var response = await handler(request)
      response.routeLabel = pattern
      return response
    case .notFound:
      return .problem(404, code: "NOT_FOUND", detail: "There is nothing at this path.")
    case .methodNotAllowed(let allow):
      let names = allow.joined(separator: ", ")
      return .problem(
        405, code: "METHOD_NOT_ALLOWED", detail: "This path answers to \(names).", headers: ["Allow": names])
    case .badPath:
      return .problem(400, code: "HTTP_BAD_PATH", detail: "The percent-encoding of the path is broken.")
    }
  }

  private static func insert(_ entry: Entry, _ method: String, _ segments: ArraySlice<String>, into node: inout Node) {
    guard let segment = segments.first else {
      precondition(node.entries[method] == nil, "two routes for \(method) \(entry.pattern)")
      node.entries[method] = entry
      return
    }
    if segment.hasPrefix("{"), segment.hasSuffix("...}") {
      precondition(segments.count == 1, "{…...} is the last segment: \(entry.pattern)")
      precondition(node.restEntries[method] == nil, "two routes for \(method) \(entry.pattern)")
      node.restEntries[method] = entry
    } else if segment.hasPrefix("{") {
      precondition(segment.hasSuffix("}"), "an open parameter: \(entry.pattern)")
      if node.parameter.isEmpty { node.parameter.append(Node()) }
      insert(entry, method, segments.dropFirst(), into: &node.parameter[0])
    } else {
      insert(entry, method, segments.dropFirst(), into: &node.literals[segment, default: Node()])
    }
  }

  private static func name(_ segment: String) -> String {
    String(segment.dropFirst().dropLast(segment.hasSuffix("...}") ? 4 : 1))
  }

  private func find(
    _ method: String, _ segments: ArraySlice<String>, _ node: Node, _ values: [String], _ methods: inout Set<String>
  ) -> (Entry, [String])? {
    if let segment = segments.first {
      let rest = segments.dropFirst()
      if let next = node.literals[segment], let found = find(method, rest, next, values, &methods) { return found }
      // "." and ".." name no thing; a handler that made a file name of one would leave its folder.
      if !segment.isEmpty, segment != ".", segment != "..", let next = node.parameter.first,
        let found = find(method, rest, next, values + [segment], &methods)
      {
        return found
      }
      if !node.restEntries.isEmpty, !segments.contains(where: Self.couldClimb) {
        methods.formUnion(node.restEntries.keys)
        if let entry = Self.pick(method, node.restEntries) {
          return (entry, values + [segments.joined(separator: "/")])
        }
      }
      return nil
    }
    methods.formUnion(node.entries.keys)
    return Self.pick(method, node.entries).map { ($0, values) }
  }

  /// An encoded slash in a rest that is joined again would hide a "..".
  private static func couldClimb(_ segment: String) -> Bool {
    segment == "." || segment == ".." || segment.contains("/")
  }

  private static func pick(_ method: String, _ entries: [String: Entry]) -> Entry? {
    entries[method] ?? (method == "HEAD" ? entries["GET"] : nil)
  }
}
