import JSON
import Outbound
import TestSupport

/// The API's own description, as it is served, and what it says of an answer.
struct APIDescription: Sendable {
  let operations: [APIOperation]
  private let schemas: JSONObject

  init(_ document: JSONValue) {
    let check = OpenAPICheck(document)
    operations = check.operations.compactMap {
      APIOperation(path: $0.path, method: $0.method, value: $0.value, in: check)
    }
    schemas = check.schemas
  }

  /// Asks a running registry.
  static func read(from registryURL: String) async throws -> APIDescription {
    APIDescription(try await SandboxClient(baseURL: registryURL).call("GET", "/v1/openapi.json").body)
  }

  /// The operation behind a request's method and path.
  func operation(_ method: String, _ path: String) -> APIOperation? {
    operations.filter { $0.matches(method, path) }.max { $0.exactness < $1.exactness }
  }

  /// In what an answer is not as described; empty when it is.
  func findings(_ operation: APIOperation, _ answer: SandboxClient.Answer) -> [String] {
    let place = "\(operation.id) \(answer.status)"
    let described = operation.responses["\(answer.status)"]
    guard let response = described ?? (answer.status >= 400 ? operation.responses["default"] : nil) else {
      return ["\(place): the status is not described"]
    }
    var all: [String] = []
    for header in response["headers"]?.object?.keys ?? [] where answer.headers[header] == nil {
      all.append("\(place): lacks \(header)")
    }
    let media = response["content"]?.object ?? [:]
    guard let type = answer.headers["Content-Type"]?.prefix(while: { $0 != ";" }) else {
      return all + (media.isEmpty ? [] : ["\(place): has no Content-Type"])
    }
    guard let content = media[String(type)] else { return all + ["\(place): \(type) is not described"] }
    guard let schema = content["schema"] else { return all }
    return all + JSONSchemaCheck(definitions: schemas).findings(answer.body, schema).map { "\(place): \($0)" }
  }
}
