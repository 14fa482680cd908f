import HTTP
import JSON
import MessagingRouterHarness
import Synchronization
import TestSupport

/// Plays Meta's templates for one harness: the list in small pages, creations, edits, deletions; orders come first.
final class MetaTemplates: Sendable {
  enum Order: Sendable {
    /// Meta's error object.
    case error(Int, subcode: Int? = nil)
    /// As usual, effect included, and the answer is no JSON.
    case lost
    /// No effect, and the answer is no JSON.
    case broken
    case held(Latch)
  }

  private struct State: Sendable {
    var templates: [JSONObject] = []
    var pageSize = 2
    var requests: [String] = []
    var orders: [(request: String, order: Order)] = []
    var nextID: Int64 = 9_001
    var breaksLists = false
    /// `X-Business-Use-Case-Usage`.
    var usage: String?
    var uploads: [String: Upload] = [:]
    /// The next upload ends after so many bytes, without an answer.
    var cut: Int?
  }

  /// A resumable upload: what was announced, and what has come.
  struct Upload: Sendable {
    var announced: String
    var length: Int
    var authorization = ""
    var bytes: [UInt8] = []
    var handle: String
  }

  private let state = Mutex(State())

  init(_ harness: MessagingRouterHarness) {
    harness.graph.answeringAside { [self] request in await answer(request) }
  }

  /// Adds a template, or replaces that of the same id. Answers Meta's id.
  @discardableResult
  func put(
    _ name: String, language: String = "en_US", category: String = "UTILITY", status: String = "APPROVED",
    format: String = "POSITIONAL", id: String? = nil, components: JSONValue? = nil, quality: String = "GREEN"
  ) -> String {
    state.withLock { state in
      let id = id ?? "\(state.nextID)"
      state.nextID += 1
      state.templates.removeAll { $0["id"]?.string == id }
      state.templates.append([
        "id": .string(id), "name": .string(name), "language": .string(language), "status": .string(status),
        "category": .string(category), "parameter_format": .string(format),
        "components": components ?? [["type": "BODY", "text": "Your order is ready."]],
        "quality_score": ["score": .string(quality)], "rejected_reason": "NONE",
      ])
      return id
    }
  }

  /// Resumable uploads, by their ids.
  var uploads: [String: Upload] { state.withLock { $0.uploads } }
  func cutUploads(after bytes: Int) { state.withLock { $0.cut = bytes } }
  func template(_ name: String) -> JSONObject? {
    state.withLock { $0.templates.first { $0["name"]?.string == name } }
  }

  func remove(_ id: String) { state.withLock { $0.templates.removeAll { $0["id"]?.string == id } } }
  /// From now on Meta shows it without its name.
  func garble(_ id: String) {
    state.withLock { state in
      guard let index = state.templates.firstIndex(where: { $0["id"]?.string == id }) else { return }
      state.templates[index]["name"] = nil
    }
  }
  func page(of size: Int) { state.withLock { $0.pageSize = size } }
  func use(_ header: String?) { state.withLock { $0.usage = header } }

  /// From now on the list is no JSON, or is again.
  func breakLists(_ isBroken: Bool) { state.withLock { $0.breaksLists = isBroken } }

  /// The next request with this method and path (`POST message_templates`, `GET 9001`) gets this.
  func order(_ request: String, _ order: Order) { state.withLock { $0.orders.append((request, order)) } }

  /// Requests so far: method and last part of the path.
  var requests: [String] { state.withLock { $0.requests } }
  func count(_ request: String) -> Int { requests.count { $0 == request } }
  var names: [String] { state.withLock { $0.templates.compactMap { $0["name"]?.string } } }

  private func answer(_ request: HTTPRequest) async -> HTTPResponse? {
    let last = request.path.split(separator: "/").last.map(String.init) ?? ""
    // Sends and media of messages go the usual way.
    if last == "messages" || last == "media" { return nil }
    let name = request.method + " " + last
    let order = state.withLock { state -> Order? in
      state.requests.append(name)
      if state.breaksLists, name == "GET message_templates" { return .broken }
      guard let index = state.orders.firstIndex(where: { $0.request == name }) else { return nil }
      return state.orders.remove(at: index).order
    }
    switch order {
    case .error(let code, let subcode):
      let part = subcode.map { #","error_subcode":\#($0)"# } ?? ""
      return MetaAnswers.json(
        400, #"{"error":{"message":"no","type":"OAuthException","code":\#(code)\#(part),"error_user_msg":"words"}}"#)
    case .broken: return MetaAnswers.json(200, "not json")
    case .lost:
      _ = usual(request, last)
      return MetaAnswers.json(200, "not json")
    case .held(let latch):
      try? await latch.wait(within: .seconds(20), "the test to let \(name) go")
      return usual(request, last)
    case nil: return usual(request, last)
    }
  }

  private func upload(_ request: HTTPRequest, _ last: String, _ query: [String: String]) -> HTTPResponse {
    state.withLock { state in
      if last == "uploads" {
        let id = "upload:u\(state.uploads.count + 1)"
        let (name, length, type) = (query["file_name"] ?? "", query["file_length"] ?? "", query["file_type"] ?? "")
        state.uploads[id] = Upload(
          announced: "\(name) \(length) \(type)", length: Int(length) ?? 0, handle: "4::h\(state.uploads.count + 1)")
        return Self.json(["id": .string(id)])
      }
      guard var upload = state.uploads[last] else { return MetaAnswers.error(100, status: 404) }
      upload.authorization = request.headers["Authorization"] ?? ""
      defer { state.uploads[last] = upload }
      if request.method == "GET" {
        return Self.json(["id": .string(last), "file_offset": .integer(Int64(upload.bytes.count))])
      }
      guard request.headers["file_offset"] == "\(upload.bytes.count)" else { return MetaAnswers.error(100) }
      if let cut = state.cut {
        state.cut = nil
        upload.bytes += request.body.prefix(cut)
        return MetaAnswers.json(200, "not json")
      }
      upload.bytes += request.body
      return upload.bytes.count == upload.length
        ? Self.json(["h": .string(upload.handle)]) : Self.json(["id": .string(last)])
    }
  }

  private func usual(_ request: HTTPRequest, _ last: String) -> HTTPResponse {
    let query = Dictionary((request.queryItems() ?? []).map { ($0.name, $0.value) }) { first, _ in first }
    if last == "uploads" || last.hasPrefix("upload:") { return upload(request, last, query) }
    let body = (try? JSONValue(parsing: request.body)) ?? .null
    return state.withLock { state in
      if last == "message_templates" {
        switch request.method {
        case "POST": return create(body, &state)
        case "DELETE":
          state.templates.removeAll {
            $0["name"]?.string == query["name"] && (query["hsm_id"] == nil || $0["id"]?.string == query["hsm_id"])
          }
          return MetaAnswers.json(200, #"{"success":true}"#)
        // They are of one account: another that listed the same ids would take them over.
        default: return request.path.contains("/waba-1/") ? list(query, state) : Self.json(["data": []])
        }
      }
      let id = last == "unpause" ? request.path.split(separator: "/").dropLast().last.map(String.init) ?? "" : last
      guard let index = state.templates.firstIndex(where: { $0["id"]?.string == id }) else {
        return MetaAnswers.json(400, #"{"error":{"message":"no such object","code":100,"error_subcode":33}}"#)
      }
      guard request.method == "POST" else { return Self.json(.object(state.templates[index])) }
      if last == "unpause" {
        state.templates[index]["status"] = "APPROVED"
      } else {
        if let components = body["components"] { state.templates[index]["components"] = components }
        if let category = body["category"] { state.templates[index]["category"] = category }
        state.templates[index]["status"] = "PENDING"
      }
      return MetaAnswers.json(200, #"{"success":true}"#)
    }
  }

  private func create(_ body: JSONValue, _ state: inout State) -> HTTPResponse {
    let id = "\(state.nextID)"
    state.nextID += 1
    var template = body.object ?? JSONObject()
    template["id"] = .string(id)
    template["status"] = "PENDING"
    state.templates.append(template)
    return Self.json(["id": .string(id), "status": "PENDING", "category": body["category"] ?? "UTILITY"])
  }

  private func list(_ query: [String: String], _ state: State) -> HTTPResponse {
    let all = state.templates.filter { query["name"] == nil || $0["name"]?.string == query["name"] }
    let start = query["after"].flatMap { Int($0) } ?? 0
    let page = all.dropFirst(start).prefix(state.pageSize)
    let end = start + page.count
    var paging: JSONObject = ["cursors": ["before": .string("\(start)"), "after": .string("\(end)")]]
    if end < all.count { paging["next"] = "https://graph.facebook.com/next" }
    var response = Self.json(["data": .array(page.map { .object($0) }), "paging": .object(paging)])
    if let usage = state.usage { response.headers.set("X-Business-Use-Case-Usage", usage) }
    return response
  }

  private static func json(_ value: JSONValue) -> HTTPResponse {
    MetaAnswers.json(200, String(decoding: (try? JSONCoder.encode(value)) ?? [], as: UTF8.self))
  }
}
