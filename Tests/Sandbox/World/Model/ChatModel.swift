import HTTP
package import JSON
import Synchronization
import Telemetry

/// An OpenAI-compatible model with one idea: it repeats what the user said.
package final class ChatModel: Sendable {
  /// Requests remembered for `GET /control/model/requests`.
  static let kept = 100
  private static let replyLimit = 4_000

  private struct State {
    var prefix = "You wrote: "
    var requests: [JSONValue] = []
    var answered = 0
  }

  private let state = Mutex(State())
  private let faults: FaultBook
  private let ledger: Ledger
  private let clock: WallClock

  init(faults: FaultBook, ledger: Ledger, clock: WallClock) {
    self.faults = faults
    self.ledger = ledger
    self.clock = clock
  }

  /// What the reply begins with; the user's last message follows.
  package var prefix: String {
    get { state.withLock { $0.prefix } }
    set { state.withLock { $0.prefix = newValue } }
  }

  /// The newest requests, oldest first.
  package var requests: [JSONValue] { state.withLock { $0.requests } }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    ledger.count { $0.modelRequests += 1 }
    return await Door(name: "model", faults: faults).pass(
      work: { complete(request) },
      refusal: { fault in
        let status = fault.parameters.status ?? 500
        let (type, code) =
          switch status {
          case 401: ("invalid_request_error", "invalid_api_key")
          case 429: ("requests", "rate_limit_exceeded")
          case 400..<500: ("invalid_request_error", "invalid_request")
          default: ("server_error", "server_error")
          }
        var response = Self.error(status, fault.parameters.details ?? "Ordered by the sandbox.", type, code)
        if let seconds = fault.parameters.retryAfter { response.headers.set("Retry-After", String(seconds)) }
        return response
      })
  }

  private func complete(_ request: HTTPRequest) -> HTTPResponse {
    let root: JSONNode
    do throws(JSONFailure) {
      root = try JSONDocument(parsing: request.body).root
    } catch {
      return Self.error(400, "We could not parse the JSON body of your request: \(error)", "invalid_request_error", nil)
    }
    guard let model = root["model"]?.string else {
      return Self.error(400, "you must provide a model parameter", "invalid_request_error", nil)
    }
    guard let messages = root["messages"], messages.kind == .array, messages.count > 0 else {
      return Self.error(400, "'messages' must be a non-empty array", "invalid_request_error", nil)
    }
    if root["stream"]?.bool == true {
      return Self.error(400, "the sandbox's model does not stream", "invalid_request_error", nil)
    }
    var lastUser: String?
    var words = 0
    messages.forEachElement { message in
      let text = Self.text(of: message["content"])
      words += text.split(separator: " ").count
      if message["role"]?.stringEquals("user") == true { lastUser = text }
    }
    let (reply, number) = state.withLock { state in
      if state.requests.count >= Self.kept { state.requests.removeFirst() }
      state.requests.append(JSONValue(root))
      state.answered += 1
      return (String((state.prefix + (lastUser ?? "nothing")).prefix(Self.replyLimit)), state.answered)
    }
    return .json(Self.completion(model: model, reply: reply, number: number, words: words, now: clock.now))
  }

  private static func text(of content: JSONNode?) -> String {
    guard let content else { return "" }
    if let text = content.string { return text }
    var parts: [String] = []
    content.forEachElement { if let text = $0["text"]?.string { parts.append(text) } }
    return parts.joined(separator: "\n")
  }

  private static func completion(model: String, reply: String, number: Int, words: Int, now: Int64) -> JSONValue {
    let written = reply.split(separator: " ").count
    return [
      "id": .string("chatcmpl-\(number)"), "object": "chat.completion", "created": .integer(now / 1_000),
      "model": .string(model),
      "choices": [
        [
          "index": 0, "message": ["role": "assistant", "content": .string(reply), "refusal": nil],
          "logprobs": nil, "finish_reason": "stop",
        ]
      ],
      "usage": [
        "prompt_tokens": .integer(words), "completion_tokens": .integer(written),
        "total_tokens": .integer(words + written),
      ],
    ]
  }

  private static func error(_ status: Int, _ message: String, _ type: String, _ code: String?) -> HTTPResponse {
    .json(
      ["error": ["message": .string(message), "type": .string(type), "param": nil, "code": .optional(code)]],
      status: status)
  }
}
