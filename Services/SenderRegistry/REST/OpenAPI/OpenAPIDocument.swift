import Contracts
import Daemon
import JSON
import Wire

/// The description of the REST API in OpenAPI 3.1, from the declarations of all services.
struct OpenAPIDocument {
  let value: JSONValue
  /// Names that two types would have: a mistake of ours, for a test to find.
  let collisions: [String]

  private static let about = """
    One door to senders, verifications, assistants, messages and receipts.

    Every request but those that say otherwise carries `Authorization: Bearer wsk_…`. Bodies are JSON; a member that an
    operation does not know is refused by name. Failures are problems (RFC 9457): `code` is stable, `detail` is for
    people. Lists come in pages: ask again with `cursor` set to the `next_cursor` of the page before until there is none.
    A `PATCH` merges: what is absent stays, `null` unsets. An `Idempotency-Key` makes the repeat of a `POST` safe. What
    has a `version` has it as its `ETag` too; with `If-Match` a change applies to the version you have seen or not at
    all.
    """

  /// The document. Other work of the loop goes on between operations.
  static func make(
    contracts: [(owner: ServiceName, calls: [any Call.Type])] = ServiceContracts.all,
    raw: [RawEndpoint] = SenderRegistryAPI.rawEndpoints
  ) async -> OpenAPIDocument {
    let catalogue = JSONSchemaCatalogue(reference: "#/components/schemas/") { $0.hasSuffix("API") }
    let operations = OpenAPIOperations(catalogue)
    var found: [OpenAPIOperation] = []
    for contract in contracts {
      for call in contract.calls {
        if let operation = operations.operation(call) { found.append(operation) }
        await Task.yield()
      }
    }
    found += raw.map { operations.operation($0) }
    _ = catalogue.add("Problem", OpenAPIComponents.problemSchema)
    let value: JSONValue = [
      "openapi": "3.1.0",
      "info": [
        "title": "whatsapp-senders", "version": .string(ProductVersion.current), "description": .string(about),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "security": [["api_key": []]],
      "tags": .array(tags(found)),
      "paths": paths(found),
      "components": [
        "schemas": sorted(catalogue.schemas), "responses": OpenAPIComponents.responses,
        "parameters": OpenAPIComponents.parameters, "headers": OpenAPIComponents.headers,
        "securitySchemes": [
          "api_key": [
            "type": "http", "scheme": "bearer", "bearerFormat": "wsk_ and 43 characters",
            "description": "An API key. Its role says what it may do: viewer, operator, admin.",
          ]
        ],
      ],
    ]
    return OpenAPIDocument(value: value, collisions: catalogue.collisions)
  }

  /// In order of first use.
  private static func tags(_ operations: [OpenAPIOperation]) -> [JSONValue] {
    var seen: Set<String> = []
    return operations.filter { seen.insert($0.tag).inserted }.map { ["name": .string($0.tag)] }
  }

  private static func paths(_ operations: [OpenAPIOperation]) -> JSONValue {
    var paths = JSONObject()
    for operation in operations {
      var item = paths[operation.path]?.object ?? [:]
      item[operation.method] = operation.value
      paths[operation.path] = .object(item)
    }
    return .object(paths)
  }

  private static func sorted(_ object: JSONObject) -> JSONValue {
    var sorted = JSONObject()
    for member in object.members.sorted(by: { $0.key < $1.key }) { sorted[member.key] = member.value }
    return .object(sorted)
  }
}
