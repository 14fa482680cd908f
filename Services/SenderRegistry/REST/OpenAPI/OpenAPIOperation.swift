import Contracts
import JSON
import Wire

/// One operation of the API description.
struct OpenAPIOperation {
  let path: String
  /// In lower case, as OpenAPI wants it.
  let method: String
  let tag: String
  let value: JSONValue
}

/// Makes operations out of declarations.
struct OpenAPIOperations {
  let catalogue: JSONSchemaCatalogue
  let examples: JSONSchemaExamples

  init(_ catalogue: JSONSchemaCatalogue) {
    self.catalogue = catalogue
    examples = JSONSchemaExamples(catalogue, table: ContractExamples.table)
  }

  /// The operation of a call; nil for a call without a route.
  func operation<C: Call>(_ call: C.Type) -> OpenAPIOperation? {
    guard let route = C.route else { return nil }
    let request = catalogue.members(of: C.self)
    let fields = request["properties"]?.object ?? [:]
    let takesIfMatch = fields[IfVersion.field] != nil
    let reply = catalogue.describe(C.Reply.self)
    let version = catalogue.resolve(reply)["properties"]?[IfVersion.replyField]
    let hasVersion = version?["type"]?.string == "integer"
    let inBody = OpenAPIComponents.methodsWithBody.contains(route.method)
    let others = fields.members.filter { $0.key != IfVersion.field && !route.parameters.contains($0.key) }

    var parameters = route.parameters.map { pathParameter($0, fields[$0] ?? ["type": "string"]) }
    if !inBody {
      let required = Set(request["required"]?.array?.compactMap(\.string) ?? [])
      parameters += others.map { queryParameter($0.key, $0.value, isRequired: required.contains($0.key)) }
    }
    parameters += headers(route, takesIfMatch: takesIfMatch, hasVersion: hasVersion)

    var responses = JSONObject()
    responses[String(route.successStatus)] = success(
      route, reply, hasVersion: hasVersion, isPublic: false, shown: ContractExamples.members(of: "\(C.self)Answer"))
    if route.method == .get, hasVersion { responses["304"] = OpenAPIComponents.response("NotModified") }
    let isAddressed = !route.parameters.isEmpty || others.contains { isIdentifier($0.value) }
    OpenAPIComponents.addProblems(
      to: &responses, route, isAddressed: isAddressed, takesIfMatch: takesIfMatch, isPublic: false)

    var operation = head(C.method, route, summary: C.summary, details: C.details, isPublic: false)
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    if inBody, !others.isEmpty {
      operation["requestBody"] = body(of: C.self, request, others.map(\.key))
    }
    operation["responses"] = .object(responses)
    return OpenAPIOperation(
      path: route.path, method: route.method.rawValue.lowercased(), tag: Self.tag(C.method), value: .object(operation))
  }

  /// The operation of an endpoint that is no call.
  func operation(_ endpoint: RawEndpoint) -> OpenAPIOperation {
    let route = endpoint.route
    var parameters = route.parameters.map { name in
      pathParameter(name, endpoint.parameters[name].map { describe($0) } ?? ["type": "string"])
    }
    parameters += headers(route, takesIfMatch: endpoint.takesIfMatch, hasVersion: false)
    var responses = JSONObject()
    responses[String(route.successStatus)] = success(endpoint)
    OpenAPIComponents.addProblems(
      to: &responses, route, isAddressed: !route.parameters.isEmpty, takesIfMatch: endpoint.takesIfMatch,
      isPublic: endpoint.isPublic)

    var operation = head(
      endpoint.name, route, summary: endpoint.summary, details: endpoint.details, isPublic: endpoint.isPublic)
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    if !endpoint.accepts.isEmpty {
      // OpenAPI 3.1: bytes as they are have no schema.
      let json = endpoint.bodyOf.flatMap { bodyMedia(of: $0) }
      let content = endpoint.accepts.map {
        JSONObject.Member(key: $0, value: $0 == "application/json" ? json ?? [:] : [:])
      }
      operation["requestBody"] = [
        "required": true, "description": .string("At most \(endpoint.maximumBytes) bytes."),
        "content": .object(JSONObject(content)),
      ]
    }
    operation["responses"] = .object(responses)
    return OpenAPIOperation(
      path: route.path, method: route.method.rawValue.lowercased(), tag: Self.tag(endpoint.name),
      value: .object(operation))
  }

  /// `registry.sender.create` is about `sender`.
  private static func tag(_ name: String) -> String {
    name.split(separator: ".").dropFirst().first.map(String.init) ?? name
  }

  private func head(
    _ name: String, _ route: Route, summary: String, details: String, isPublic: Bool
  ) -> JSONObject {
    var operation: JSONObject = [
      "operationId": .string(name), "tags": [.string(Self.tag(name))], "summary": .string(summary),
    ]
    let access =
      isPublic ? "Needs no API key." : "Needs an API key with the role `\(route.role.rawValue)` or one above."
    operation["description"] = .string("\(details)\n\n\(access)")
    if isPublic {
      operation["security"] = []
    } else {
      operation["x-required-role"] = .string(route.role.rawValue)
    }
    return operation
  }

  // MARK: Parameters

  private func pathParameter(_ name: String, _ schema: JSONValue) -> JSONValue {
    [
      "name": .string(name), "in": "path", "required": true, "schema": schema,
      "example": examples.value(of: schema, member: name),
    ]
  }

  private func queryParameter(_ name: String, _ schema: JSONValue, isRequired: Bool) -> JSONValue {
    if name == "limit" || name == "cursor" { return OpenAPIComponents.parameter(name) }
    var parameter: JSONObject = ["name": .string(name), "in": "query", "schema": schema]
    if isRequired { parameter["required"] = true }
    parameter["example"] = examples.value(of: schema, member: name)
    return .object(parameter)
  }

  private func headers(_ route: Route, takesIfMatch: Bool, hasVersion: Bool) -> [JSONValue] {
    var names: [String] = []
    if route.method == .post { names.append("Idempotency-Key") }
    if takesIfMatch { names.append("If-Match") }
    if route.method == .get, hasVersion { names.append("If-None-Match") }
    return names.map { OpenAPIComponents.parameter($0) }
  }

  private func isIdentifier(_ schema: JSONValue) -> Bool {
    catalogue.resolve(schema)["pattern"]?.string?.contains("_[0-9A-HJKMNP-TV-Z]{26}") == true
  }

  // MARK: Bodies

  private func body<C: Call>(of call: C.Type, _ request: JSONValue, _ names: [String]) -> JSONValue {
    let required = (request["required"]?.array ?? []).filter { $0.string.map(names.contains) == true }
    var properties = JSONObject()
    for name in names { properties[name] = request["properties"]?[name] }
    var schema: JSONObject = ["type": "object", "properties": .object(properties)]
    if !required.isEmpty { schema["required"] = .array(required) }
    // The front door refuses what a call does not know.
    schema["additionalProperties"] = false
    let name = "\(call)Request"
    var chosen = ContractExamples.members(of: name)
    for member in C.requestExample.members { chosen[member.key] = member.value }
    let example = Self.present(
      examples.object(.object(schema), owner: name, onlyRequired: true, overrides: chosen), .object(schema))
    return [
      "required": .bool(!required.isEmpty),
      "content": ["application/json": ["schema": catalogue.add(name, .object(schema)), "example": example]],
    ]
  }

  /// Schema and example of a call's body.
  private func bodyMedia<C: Call>(of call: C.Type) -> JSONValue? {
    let request = catalogue.members(of: C.self)
    let apart = Set((C.route?.parameters ?? []) + [IfVersion.field])
    let names = (request["properties"]?.object?.keys ?? []).filter { !apart.contains($0) }
    return body(of: call, request, names)["content"]?["application/json"]
  }

  private func success(_ route: Route, _ reply: JSONValue, hasVersion: Bool, isPublic: Bool, shown: JSONObject = [:])
    -> JSONValue
  {
    var headers: JSONObject = ["X-Request-Id": OpenAPIComponents.header("X-Request-Id")]
    // The quota is a key's.
    for name in isPublic ? [] : ["RateLimit", "RateLimit-Policy"] { headers[name] = OpenAPIComponents.header(name) }
    if hasVersion { headers["ETag"] = OpenAPIComponents.header("ETag") }
    var response: JSONObject = [
      "description": .string(OpenAPIComponents.meaning(route.successStatus)), "headers": .object(headers),
    ]
    if route.successStatus != 204 {
      let name = catalogue.name(in: reply) ?? ""
      let example =
        shown.isEmpty
        ? catalogue.resolve(reply)["examples"]?[0] ?? examples.value(of: reply, owner: name)
        : Self.present(
          examples.object(catalogue.resolve(reply), owner: name, overrides: shown), catalogue.resolve(reply))
      response["content"] = ["application/json": ["schema": reply, "example": example]]
    }
    return .object(response)
  }

  /// Without the optional members that an example leaves out by saying null.
  private static func present(_ example: JSONValue, _ schema: JSONValue) -> JSONValue {
    let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
    var members = JSONObject()
    for member in example.object?.members ?? [] {
      let mayBeNull = schema["properties"]?[member.key]?["type"]?.array?.contains("null") == true
      if !member.value.isNull || mayBeNull || required.contains(member.key) { members[member.key] = member.value }
    }
    return .object(members)
  }

  private func success(_ endpoint: RawEndpoint) -> JSONValue {
    let route = endpoint.route
    switch endpoint.answer {
    case .json(let type): return success(route, describe(type), hasVersion: false, isPublic: endpoint.isPublic)
    case .content(let types):
      let content = types.map { JSONObject.Member(key: $0, value: [:]) }
      return [
        "description": .string(OpenAPIComponents.meaning(route.successStatus)),
        "headers": ["X-Request-Id": OpenAPIComponents.header("X-Request-Id")],
        "content": .object(JSONObject(content)),
      ]
    case .nothing:
      return [
        "description": .string(OpenAPIComponents.meaning(route.successStatus)),
        "headers": ["X-Request-Id": OpenAPIComponents.header("X-Request-Id")],
      ]
    }
  }

  private func describe<Value: Codable & Sendable>(_ type: Value.Type) -> JSONValue { catalogue.describe(type) }
}

extension JSONObject {
  /// Members whose names are known to differ.
  fileprivate init(_ members: [Member]) {
    self.init()
    for member in members { self[member.key] = member.value }
  }
}
