package import JSON

/// What OpenAPI 3.1 asks of a document, as far as ours uses it. An independent validator knows more and runs in the
/// full suite; this one is always there.
package struct OpenAPICheck {
  private static let methods: Set<String> = ["get", "put", "post", "delete", "patch", "options", "head", "trace"]

  private let document: JSONValue

  package init(_ document: JSONValue) { self.document = document }

  /// Every operation: its path, method and value.
  package var operations: [(path: String, method: String, value: JSONValue)] {
    (document["paths"]?.object?.members ?? []).flatMap { path in
      (path.value.object?.members ?? []).map { (path.key, $0.key, $0.value) }
    }
  }

  /// The named schemas.
  package var schemas: JSONObject { document["components"]?["schemas"]?.object ?? [:] }

  /// What a `$ref` stands for; anything else is itself.
  package func resolve(_ value: JSONValue) -> JSONValue? {
    guard let reference = value["$ref"]?.string else { return value }
    guard reference.hasPrefix("#/") else { return nil }
    var found: JSONValue? = document
    for step in reference.dropFirst(2).split(separator: "/") { found = found?[String(step)] }
    return found
  }

  /// What is wrong; empty when nothing is.
  package var findings: [String] {
    var all: [String] = []
    if document["openapi"]?.string?.hasPrefix("3.1.") != true { all.append("openapi is not 3.1") }
    for name in ["title", "version"] where document["info"]?[name]?.string?.isEmpty != false {
      all.append("info lacks \(name)")
    }
    all += references(document, at: "$")
    var ids: Set<String> = []
    let tags = Set((document["tags"]?.array ?? []).compactMap { $0["name"]?.string })
    for (path, method, operation) in operations {
      let place = "\(method) \(path)"
      if !path.hasPrefix("/") || !Self.methods.contains(method) { all.append("\(place): is no operation") }
      let id = operation["operationId"]?.string ?? ""
      if id.isEmpty || !ids.insert(id).inserted { all.append("\(place): its operationId is missing or taken") }
      let used = (operation["tags"]?.array ?? []).compactMap(\.string)
      if used.isEmpty || !tags.isSuperset(of: used) { all.append("\(place): its tags are missing or not declared") }
      all += parameters(operation, path, place) + responses(operation, place) + security(operation, place)
      if let body = operation["requestBody"] { all += content(body, "\(place) body") }
    }
    for name in schemas.keys where name.contains(where: { !$0.isASCII || !($0.isLetter || $0.isNumber) }) {
      all.append("\(name): is no name of a schema")
    }
    return all
  }

  private func references(_ value: JSONValue, at path: String) -> [String] {
    switch value {
    case .object(let object):
      let own = object["$ref"] != nil && resolve(value) == nil ? ["\(path): \(value) leads nowhere"] : []
      return own + object.members.flatMap { references($0.value, at: "\(path).\($0.key)") }
    case .array(let elements): return elements.flatMap { references($0, at: path) }
    default: return []
    }
  }

  private func parameters(_ operation: JSONValue, _ path: String, _ place: String) -> [String] {
    var all: [String] = []
    var seen: Set<String> = []
    for raw in operation["parameters"]?.array ?? [] {
      let parameter = resolve(raw) ?? .null
      let (name, kind) = (parameter["name"]?.string ?? "", parameter["in"]?.string ?? "")
      if name.isEmpty || !["path", "query", "header"].contains(kind) { all.append("\(place): \(raw) is no parameter") }
      if !seen.insert("\(kind) \(name)").inserted { all.append("\(place): \(name) is named twice") }
      if parameter["schema"] == nil { all.append("\(place): \(name) has no schema") }
      if kind == "path", parameter["required"] != true { all.append("\(place): \(name) must be required") }
    }
    let named = Set(seen.filter { $0.hasPrefix("path ") }.map { String($0.dropFirst(5)) })
    let segments = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    if named != Set(segments) { all.append("\(place): path parameters are \(named.sorted())") }
    return all
  }

  private func responses(_ operation: JSONValue, _ place: String) -> [String] {
    let members = operation["responses"]?.object?.members ?? []
    if members.isEmpty { return ["\(place): has no responses"] }
    return members.flatMap { member -> [String] in
      let here = "\(place) \(member.key)"
      guard let response = resolve(member.value) else { return ["\(here): leads nowhere"] }
      var all = member.key == "default" || Int(member.key) != nil ? [] : ["\(here): is no status"]
      if response["description"]?.string?.isEmpty != false { all.append("\(here): has no description") }
      for header in response["headers"]?.object?.members ?? [] where resolve(header.value)?["schema"] == nil {
        all.append("\(here): \(header.key) has no schema")
      }
      return all + content(response, here)
    }
  }

  private func content(_ holder: JSONValue, _ place: String) -> [String] {
    (holder["content"]?.object?.members ?? []).flatMap { media in
      var all = media.key.split(separator: "/").count == 2 ? [] : ["\(place): \(media.key) is no media type"]
      if media.value["example"] != nil, media.value["schema"] == nil { all.append("\(place): an example of nothing") }
      return all
    }
  }

  private func security(_ operation: JSONValue, _ place: String) -> [String] {
    let schemes = Set(document["components"]?["securitySchemes"]?.object?.keys ?? [])
    let wanted = operation["security"]?.array ?? document["security"]?.array
    guard let wanted else { return ["\(place): nothing is said of security"] }
    return wanted.flatMap { $0.object?.keys ?? [] }.filter { !schemes.contains($0) }.map { "\(place): no scheme \($0)" }
  }
}
