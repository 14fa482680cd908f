import JSON
import Outbound
import Synchronization
import TestSupport
import Wire

/// What one account does over the API: every answer is checked against the description, and what it tells is kept.
final class APISession: Sendable {
  private struct State {
    var findings: [String] = []
    var reached: Set<String> = []
    /// By prefix, in the order they were met.
    var identifiers: [String: [String]] = [:]
    var texts: Set<String> = []
  }

  let description: APIDescription
  let key: String
  private let client: SandboxClient
  private let state = Mutex(State())

  init(_ description: APIDescription, registryURL: String, key: String) {
    self.description = description
    self.key = key
    client = SandboxClient(baseURL: registryURL)
  }

  /// In what answers were not as described.
  var findings: [String] { state.withLock(\.findings) }
  /// Operations that ended in a success.
  var reached: Set<String> { state.withLock(\.reached) }
  /// The first identifier with this prefix that an answer told.
  func identifier(_ prefix: String) -> String? { state.withLock { $0.identifiers[prefix]?.first } }
  /// Every text that an answer told.
  var texts: Set<String> { state.withLock(\.texts) }

  /// Looks at an answer, whoever asked.
  func observe(_ method: String, _ url: String, _ answer: SandboxClient.Answer) {
    let path = url.prefix { $0 != "?" }
    guard let operation = description.operation(method, String(path)) else {
      return state.withLock { $0.findings.append("\(method) \(path): no operation is described for this") }
    }
    let findings = description.findings(operation, answer)
    state.withLock { state in
      state.findings += findings
      guard (200..<400).contains(answer.status) else { return }
      state.reached.insert(operation.id)
      for text in Self.texts(answer.body) {
        state.texts.insert(text)
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 26 else { continue }
        let prefix = String(parts[0])
        if state.identifiers[prefix]?.contains(text) != true { state.identifiers[prefix, default: []].append(text) }
      }
    }
  }

  /// Sends a request with this account's key, with another one, or with none (an empty text).
  @discardableResult
  func send(_ request: APIRequest, key: String? = nil, headers: [(name: String, value: String)] = []) async throws
    -> SandboxClient.Answer
  {
    var all = headers
    let key = key ?? self.key
    if !key.isEmpty { all.append((name: "Authorization", value: "Bearer \(key)")) }
    var bytes: [UInt8] = []
    if let body = request.body {
      all.append((name: "Content-Type", value: "application/json"))
      bytes = try JSONCoder.encode(body)
    } else if request.operation.contentTypes.contains("image/png") {
      all.append((name: "Content-Type", value: "image/png"))
      bytes = TestImage.png(640, 640)
    }
    let answer = try await client.send(
      OutboundRequest(
        method: request.operation.method, url: client.baseURL + request.path, headers: all, body: bytes))
    observe(request.operation.method, request.path, answer)
    return answer
  }

  /// A request with what this account has.
  func request(_ operation: APIOperation) throws -> APIRequest {
    try APIRequest(operation) { identifier($0.prefix) }
  }

  /// Reads everything there is to read, again until it leads to nothing new: the successes by path.
  @discardableResult
  func readAll() async throws -> [String: JSONValue] {
    var found: [String: JSONValue] = [:]
    for _ in 0..<4 {
      let known = state.withLock { $0.identifiers.values.reduce(0) { $0 + $1.count } }
      found = [:]
      for operation in description.operations where operation.method == "GET" && operation.role != nil {
        guard let request = try? request(operation) else { continue }
        let answer = try await send(request)
        if answer.status == 200 { found[request.path] = answer.body }
      }
      if state.withLock({ $0.identifiers.values.reduce(0) { $0 + $1.count } }) == known { break }
    }
    return found
  }

  /// Every text in a value.
  static func texts(_ value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap { texts($0) }
    case .object(let object): object.members.flatMap { texts($0.value) }
    default: []
    }
  }
}
