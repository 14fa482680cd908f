import Contracts
import Foundation
import JSON
import Outbound
import SenderRegistryHarness
import Testing
import TestSupport
import Wire

@testable import SenderRegistry

@Suite struct OpenAPITests {
  /// The folder's program that judges descriptions; set by `scripts/test --all`.
  private static let validator = ProcessInfo.processInfo.environment["WSS_OPENAPI_VALIDATOR"]

  private static func document() async -> (JSONValue, OpenAPICheck) {
    let document = await OpenAPIDocument.make().value
    return (document, OpenAPICheck(document))
  }

  @Test func `the description is well-formed, and each name means one type`() async throws {
    let (document, check) = await Self.document()
    #expect(check.findings == [])
    #expect(await OpenAPIDocument.make().collisions == [])
    #expect(!MethodTable.isIncomplete(document))
    let names = Set(check.schemas.keys)
    for name in ["Sender", "SenderPage", "SenderID", "AssistantKind", "CreateSenderRequest", "Problem"] {
      #expect(names.contains(name), "\(name)")
    }
  }

  @Test func `it lists every operation of every service and nothing else`() async throws {
    let calls = ServiceContracts.all.flatMap(\.calls).compactMap { $0.route }
    let routes = calls + SenderRegistryAPI.rawEndpoints.map(\.route)
    let declared = Set(routes.map { "\($0.method.rawValue.lowercased()) \($0.path)" })
    let (_, check) = await Self.document()
    #expect(Set(check.operations.map { "\($0.method) \($0.path)" }) == declared)
    #expect(check.operations.count == routes.count)
    for endpoint in SenderRegistryAPI.rawEndpoints {
      #expect(Set(endpoint.parameters.keys) == Set(endpoint.route.parameters), "\(endpoint.name)")
    }
  }

  @Test func `every operation says in a sentence what it does, and its examples fit its schemas`() async throws {
    let (_, check) = await Self.document()
    let schemas = JSONSchemaCheck(definitions: check.schemas)
    for (path, method, operation) in check.operations {
      let place = "\(method) \(path)"
      let description = operation["description"]?.string ?? ""
      let sentence = description.prefix { $0 != "\n" }
      #expect(sentence.count >= 15 && sentence.hasSuffix("."), "\(place): \(description)")
      var holders: [(String, JSONValue)] = []
      if let body = operation["requestBody"] { holders.append(("body", body)) }
      for response in operation["responses"]?.object?.members ?? [] {
        holders.append((response.key, check.resolve(response.value) ?? .null))
      }
      for (name, holder) in holders {
        for media in holder["content"]?.object?.members ?? [] {
          // Bytes as they are have neither schema nor example.
          if media.value == [:] { continue }
          let schema = try #require(media.value["schema"], "\(place) \(name)")
          let example = try #require(media.value["example"], "\(place) \(name)")
          #expect(schemas.findings(example, schema) == [], "\(place) \(name)")
        }
      }
      for raw in operation["parameters"]?.array ?? [] {
        let parameter = try #require(check.resolve(raw))
        let example = try #require(parameter["example"], "\(place) \(raw)")
        #expect(schemas.findings(example, parameter["schema"] ?? [:]) == [], "\(place) \(raw)")
      }
    }
  }

  @Test func `each operation names its role, its failures and its headers`() async throws {
    let (document, check) = await Self.document()
    for (path, method, operation) in check.operations {
      let place = "\(method) \(path)"
      let statuses = Set(operation["responses"]?.object?.keys ?? [])
      let isPublic = operation["security"] == []
      let expected: Set<String> = isPublic ? ["400", "429", "503", "default"] : ["400", "401", "403", "429", "503"]
      #expect(statuses.isSuperset(of: expected), "\(place)")
      #expect(Role(rawValue: operation["x-required-role"]?.string ?? "") != nil || isPublic, "\(place)")
      let headers = (operation["parameters"]?.array ?? []).compactMap { check.resolve($0)?["name"]?.string }
      #expect(headers.contains("Idempotency-Key") == (method == "post"), "\(place)")
      #expect(headers.contains("If-Match") == statuses.contains("412"), "\(place)")
      #expect(headers.contains("If-None-Match") == statuses.contains("304"), "\(place)")
      #expect(path.contains("{") ? statuses.contains("404") : true, "\(place)")
    }
    let update = document["paths"]?["/v1/assistants/{id}"]?["patch"]
    #expect(update?["responses"]?["412"] != nil && update?["responses"]?["200"]?["headers"]?["ETag"] != nil)
    // A condition is a header, never a member of a body or a query.
    #expect(!String(decoding: try JSONCoder.encode(document), as: UTF8.self).contains("\"if_version\""))
  }

  @Test func `a field that may be unset allows null, and the absence of every optional one`() async throws {
    let (_, check) = await Self.document()
    let request = try #require(check.schemas["UpdateSenderRequest"])
    let schemas = JSONSchemaCheck(definitions: check.schemas)
    #expect(schemas.findings(["assistant_id": .null], request) == [])
    #expect(schemas.findings(["assistant_id": "ast_01JD0000000000000000000000"], request) == [])
    #expect(schemas.findings([:], request) == [])
    #expect(schemas.findings(["assistant_id": "snd_1"], request) != [])
    #expect(schemas.findings(["colour": "red"], request) == ["$.colour: is not in the schema"])
  }

  @Test func `it is served to everybody, kept by caches, and small`() async throws {
    try await SenderRegistryHarness.run { harness in
      let first = try await harness.request("GET", "/v1/openapi.json", key: "")
      #expect(first.status == 200 && first.headers["Content-Type"] == "application/json")
      #expect(first.headers["Cache-Control"] == "public, max-age=300")
      let made = try JSONValue(parsing: try JSONCoder.encode(await OpenAPIDocument.make().value))
      #expect(first.json == made)
      let tag = try #require(first.headers["ETag"])
      let again = try await harness.request(
        "GET", "/v1/openapi.json", headers: [("If-None-Match", "\"other\", W/\(tag)")], key: "")
      #expect(again.status == 304 && again.headers["ETag"] == tag && again.json == "")
      let other = try await harness.request("GET", "/v1/openapi.json", headers: [("If-None-Match", "\"x\"")], key: "")
      #expect(other.status == 200)
      // It is held in memory once it was asked for.
      #expect(try JSONCoder.encode(first.json).count < 1 << 20)
    }
  }

  @Test(.enabled(if: validator != nil)) func `an independent validator finds nothing wrong with it`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("openapi.json")
    try Data(JSONCoder.encode(await OpenAPIDocument.make().value)).write(to: URL(filePath: path))
    func judge(_ path: String) async throws -> (ChildProcess.End, String) {
      let output = path + ".judged"
      let process = try ChildProcess(Self.validator ?? "", [path], output: output)
      return (try await process.wait(), (try? String(readingFile: output)) ?? "")
    }
    let (end, output) = try await judge(path)
    #expect(end == .exit(0), "\(output)")
    // The judge is one: it finds what is wrong with a description that is.
    let broken = directory.file("broken.json")
    let text = try String(readingFile: path).replacing("\"responses\":{\"200\"", with: "\"responses\":{\"ok\"")
    try text.write(toFile: broken, atomically: true, encoding: .utf8)
    #expect(try await judge(broken).0 != .exit(0))
  }
}
