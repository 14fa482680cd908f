import Contracts
import JSON
import Outbound
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// The API does what it says of itself: every answer of a whole story, and of what nobody should send.
  @Suite struct APIAnswersTests {
    /// Operations whose success the story does not reach, each with the reason. A name that is reached, or unknown, has
    /// to go from here.
    private static let notReached: Set<String> = [
      "registry.ready_number.delete",  // needs a Solution Partner's pool
      "verifier.verification.call",  // Meta wants a minute between two calls
    ]

    @Test func `every answer of every operation is as described`() async throws {
      let accounts = TwoAccounts()
      try await Product.run(prepare: accounts.write) { product in
        let url = product.services.url(.senderRegistry)
        let description = try await APIDescription.read(from: url)
        let session = APISession(description, registryURL: url, key: product.services.adminKey)
        try await product.story.observed(by: session).tellAll()
        try await session.readAll()
        let itself = try #require(description.operations.first { $0.id == SenderRegistryAPI.describeAPI.name })
        try await session.send(try APIRequest(itself) { _ in nil })
        try await Self.tryOthers(session)
        try await Self.checkPages(session)
        try await Self.checkConditions(session)
        #expect(session.findings == [])

        let all = Set(description.operations.map(\.id))
        let routed = ServiceContracts.all.flatMap(\.calls).filter { $0.route != nil }.map { $0.method }
        #expect(all.isSuperset(of: routed))
        #expect(all.subtracting(session.reached) == Self.notReached)
      }
    }

    @Test func `every operation wants a key, its role, and only fields that it knows`() async throws {
      let accounts = TwoAccounts()
      try await Product.run(prepare: accounts.write) { product in
        let url = product.services.url(.senderRegistry)
        let description = try await APIDescription.read(from: url)
        let session = APISession(description, registryURL: url, key: product.services.adminKey)
        for operation in description.operations where operation.role != nil {
          // Nobody looks for what is not there before the key, the role and the names are right.
          let request = try APIRequest(operation) { "\($0.prefix)_01JD0000000000000000000000" }
          // An address may send 10 requests a second without a key.
          try await eventually(within: .seconds(10), "\(operation.id) answers without a key") {
            let answer = try await session.send(request, key: "")
            if answer.status == 429 { return false }
            #expect(answer.status == 401 && answer.body["code"] == "API_KEY_REQUIRED", "\(operation.id)")
            return true
          }
          for (role, key) in accounts.first where role < (operation.role ?? .viewer) {
            let answer = try await session.send(request, key: key)
            #expect(answer.status == 403 && answer.body["code"] == "ROLE_TOO_LOW", "\(operation.id) \(role)")
          }
          if !operation.contentTypes.isEmpty { continue }
          var strange = request.adding("colour=red")
          if var body = request.body?.object {
            body["colour"] = "red"
            strange = request
            strange.body = .object(body)
          }
          let answer = try await session.send(strange)
          #expect(answer.status == 400 && answer.body["code"] == "UNKNOWN_FIELD", "\(operation.id): \(answer.body)")
          #expect(answer.body["field"] == "colour", "\(operation.id)")
          let condition = try await session.send(request, headers: [(name: "If-Match", value: "7")])
          let takes = operation.parameters.contains { $0.name == "If-Match" }
          #expect(condition.status == 400, "\(operation.id)")
          #expect(condition.body["code"] == (takes ? "IF_MATCH_INVALID" : "IF_MATCH_NOT_SUPPORTED"), "\(operation.id)")
        }
        #expect(session.findings == [])
      }
    }

    /// What the story had no occasion for, as the description's examples show it; what removes things comes last.
    private static func tryOthers(_ session: APISession) async throws {
      let missing = session.description.operations.filter {
        $0.role != nil && $0.method != "GET" && !session.reached.contains($0.id)
      }
      let (removing, others) = (missing.filter { $0.method == "DELETE" }, missing.filter { $0.method != "DELETE" })
      for operation in others + removing {
        guard let request = try? session.request(operation) else { continue }
        try await session.send(request)
        try await session.readAll()
      }
    }

    /// Lists come in pages that follow each other without a gap.
    private static func checkPages(_ session: APISession) async throws {
      var longest = 0
      for operation in session.description.operations {
        let names = operation.parameters.map(\.name)
        guard names.contains("limit"), names.contains("cursor"), let request = try? session.request(operation) else {
          continue
        }
        let whole = try await session.send(request.adding("limit=100"))
        guard let all = whole.body["data"]?.array else { continue }
        var found: [JSONValue] = []
        var cursor: String?
        repeat {
          let next = cursor.map { request.adding("limit=1").adding("cursor=\($0)") } ?? request.adding("limit=1")
          let page = try await session.send(next)
          found += page.body["data"]?.array ?? []
          cursor = page.body["next_cursor"]?.string
        } while cursor != nil && found.count < min(all.count, 5)
        #expect(found == Array(all.prefix(found.count)) && found.count == min(all.count, 5), "\(operation.id)")
        longest = max(longest, found.count)
        let outside = try await session.send(request.adding("limit=101"))
        #expect(outside.status == 400 && outside.body["code"] == "LIMIT_OUT_OF_RANGE", "\(operation.id)")
        let strange = try await session.send(request.adding("cursor=!"))
        #expect(strange.status == 400 && strange.body["code"] == "CURSOR_INVALID", "\(operation.id)")
      }
      #expect(longest > 1)
    }

    /// What has a version can be changed for that version alone, and is not sent twice to who has it.
    private static func checkConditions(_ session: APISession) async throws {
      var changed = 0
      for operation in session.description.operations
      where operation.parameters.contains(where: { $0.name == "If-Match" }) {
        guard let request = try? session.request(operation) else { continue }
        let late = try await session.send(request, headers: [(name: "If-Match", value: "\"987654321\"")])
        #expect(late.status == 412 || late.status == 404, "\(operation.id): \(late.status) \(late.body)")
        if late.status == 412 {
          #expect(late.body["code"] == "VERSION_CHANGED", "\(operation.id)")
          changed += 1
        }
      }
      #expect(changed > 0)
      for operation in session.description.operations
      where operation.parameters.contains(where: { $0.name == "If-None-Match" }) {
        guard let request = try? session.request(operation) else { continue }
        let first = try await session.send(request)
        guard first.status == 200 else { continue }
        let tag = try #require(first.headers["ETag"], "\(operation.id)")
        let again = try await session.send(request, headers: [(name: "If-None-Match", value: tag)])
        #expect(again.status == 304 || again.headers["ETag"] != tag, "\(operation.id)")
      }
    }
  }
}
