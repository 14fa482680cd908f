import Contracts
import JSON
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// Nothing of an account is seen or changed with another account's key, by any operation that exists.
  @Suite struct AccountIsolationTests {
    /// Members that change by themselves, or by reading.
    private static let restless: Set<String> = [
      "last_used_at", "state_read_at", "synced_at", "url_expires_at", "last_success_at",
    ]
    /// They repeat what an account has asked for before.
    private static let echoes: Set<String> = ["registry.audit.list"]
    /// Members of which one is required, with those that exclude each other: what a request needs beside one of them.
    private static let beside: [String: JSONObject] = [
      "messaging.message.send contact_id": ["text": "hi"],
      "messaging.message.send reply_to": ["text": "hi", "to": "+14155550123"],
    ]
    private static let nothing = "01JD0000000000000000000000"

    /// Words of the product, and moments, are nobody's; names, numbers, texts and identifiers are.
    private static func isSomebodys(_ text: String) -> Bool {
      let isCode = text.contains(where: \.isUppercase) && text.allSatisfy { $0.isUppercase || $0 == "_" || $0.isNumber }
      let isMoment = text.utf8.count == 24 && text.hasPrefix("20") && text.hasSuffix("Z")
      return text.count >= 6 && !isCode && !isMoment && text.contains { $0 == " " || $0.isNumber }
    }

    @Test func `no operation shows or changes anything of another account`() async throws {
      let accounts = TwoAccounts()
      try await Product.run(prepare: accounts.write) { product in
        let url = product.services.url(.senderRegistry)
        let description = try await APIDescription.read(from: url)
        let owner = APISession(description, registryURL: url, key: product.services.adminKey)
        try await product.story.observed(by: owner).tellAll()
        let before = try await owner.readAll()

        let stranger = APISession(description, registryURL: url, key: accounts.second[.admin] ?? "")
        try await Self.settle(stranger, product)
        // What both may say, such as the words of an enum or of the description's examples, is nobody's.
        let examples = Set(description.operations.flatMap { APISession.texts($0.body ?? .null) })
        let marks = owner.texts.subtracting(stranger.texts).subtracting(examples).filter(Self.isSomebodys)
        var asked = ""
        #expect(
          marks.contains(Story.number) && marks.contains(Story.customer) && marks.contains("Florist of the first"))

        for operation in description.operations {
          if operation.role == nil { continue }
          for role in Role.allCases {
            for (index, request) in try Self.requests(operation, of: owner, by: stranger).enumerated() {
              // The owner's idempotency key is another one in this account.
              let headers = index == 0 ? [(name: "Idempotency-Key", value: Story.sharedKey)] : []
              let answer = try await stranger.send(request, key: accounts.second[role], headers: headers)
              let place = "\(operation.id) as \(role): \(request.path) \(answer.status) \(answer.body["code"] ?? "")"
              let isAllowed = role >= (operation.role ?? .viewer)
              let namesOthers = !request.slots.isEmpty
              asked += request.text
              let isEmptyList = answer.status == 200 && answer.body["data"]?.array?.isEmpty == true
              if !isAllowed {
                #expect(answer.status == 403, "\(place)")
              } else if namesOthers, answer.status == 403 {
                // Nobody but the operator may: said to all others, whatever they name.
                let control = try await stranger.send(
                  try APIRequest(operation) { "\($0.prefix)_\(Self.nothing)" }, key: accounts.second[role])
                #expect(control.status == 403 && control.body["code"] == answer.body["code"], "\(place)")
                #expect(answer.body["code"] == "OPERATOR_ONLY", "\(place)")
              } else if namesOthers {
                #expect(answer.status == 404 || isEmptyList, "\(place)")
              }
              let said = APISession.texts(answer.body).joined(separator: "\n")
              let own = Self.echoes.contains(operation.id) ? asked : request.text
              let seen = marks.filter { said.contains($0) && !own.contains($0) }
              #expect(seen == [], "\(place)")
            }
          }
        }
        for operation in description.operations {
          guard let answer = try await Self.askBehind(operation, of: owner, by: stranger) else { continue }
          let said = APISession.texts(answer.body).joined(separator: "\n")
          #expect(answer.status == 200 || answer.status == 400 || answer.status == 403, "\(operation.id)")
          #expect(marks.filter { said.contains($0) && !asked.contains($0) } == [], "\(operation.id)")
        }
        let after = try await owner.readAll()
        #expect(Set(after.keys) == Set(before.keys))
        for (path, value) in before {
          #expect(Self.calm(after[path] ?? .null, at: path) == Self.calm(value, at: path), "\(path)")
        }
      }
    }

    /// The other account has something of its own.
    private static func settle(_ stranger: APISession, _ product: Product) async throws {
      let story = Story(
        world: product.world, registryURL: product.services.url(.senderRegistry), key: stranger.key, observer: stranger)
      _ = try await story.create("+15550109999", name: "Other Shop")
      try await story.call("POST", "/v1/assistants", ["name": "Clerk", "instructions": "Be brief."])
      try await stranger.readAll()
    }

    /// A request that names only the owner's things, one for each of them in which all others are the stranger's, and
    /// one for each that the example leaves out.
    private static func requests(
      _ operation: APIOperation, of owner: APISession, by stranger: APISession
    ) throws -> [APIRequest] {
      var all = [try owner.request(operation)]
      for slot in operation.slots {
        let isExtra = !all[0].slots.contains(slot)
        if !isExtra, all[0].slots.count == 1 { continue }
        let mixed = try? APIRequest(
          operation, extra: isExtra ? slot : nil, beside: beside["\(operation.id) \(slot.name)"] ?? [:]
        ) {
          $0 == slot ? owner.identifier($0.prefix) : stranger.identifier($0.prefix)
        }
        if let mixed { all.append(mixed) }
      }
      return all
    }

    /// A page of the stranger's that begins behind something of the owner's.
    private static func askBehind(
      _ operation: APIOperation, of owner: APISession, by stranger: APISession
    ) async throws -> SandboxClient.Answer? {
      guard operation.parameters.contains(where: { $0.name == "cursor" }),
        let request = try? stranger.request(operation)
      else { return nil }
      let all = try await owner.send(try owner.request(operation).adding("limit=1"))
      let cursor = all.body["next_cursor"]?.string ?? PageRequest.cursor(owner.identifier("snd") ?? "")
      return try await stranger.send(request.adding("cursor=\(cursor)"))
    }

    /// The `updated_at` of a quality is when Meta was last asked, which happens by itself; a link to listen, or
    /// to a medium, is another one at each look.
    private static func calm(_ value: JSONValue, at path: String) -> JSONValue {
      if path.hasSuffix("/recordings") { return calm(value, but: ["url"]) }
      if path.hasPrefix("/v1/media/") {
        return calm(value, but: ["url", "upload_url", "upload_url_expires_at"])
      }
      guard path.hasSuffix("/quality"), case .object(var object) = value else { return calm(value) }
      object["updated_at"] = nil
      return calm(.object(object))
    }

    private static func calm(_ value: JSONValue, but more: Set<String> = []) -> JSONValue {
      switch value {
      case .array(let elements): return .array(elements.map { calm($0, but: more) })
      case .object(var object):
        for member in object.members {
          object[member.key] =
            restless.contains(member.key) || more.contains(member.key) ? nil : calm(member.value, but: more)
        }
        return .object(object)
      default: return value
      }
    }
  }
}
