import JSON
import Outbound

/// Talks to a sandbox over HTTP, as services and scripts do.
struct SandboxClient: Sendable {
  let baseURL: String
  /// Sees every answer with its request's method and path.
  var observe: @Sendable (_ method: String, _ path: String, Answer) -> Void = { _, _, _ in }
  private let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))

  init(baseURL: String) { self.baseURL = baseURL }

  /// An answer with its body read as JSON (null when it is none).
  struct Answer: Sendable {
    let status: Int
    let headers: OutboundHeaders
    let body: JSONValue
    /// Graph's error code, if it answered one.
    var errorCode: Int64? { body["error"]?["code"]?.int64 }
  }

  func call(
    _ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = nil
  ) async throws -> Answer {
    var headers = [(name: "Content-Type", value: "application/json")]
    if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
    let bytes = try body.map { try JSONCoder.encode($0) } ?? []
    return try await send(OutboundRequest(method: method, url: baseURL + path, headers: headers, body: bytes))
  }

  func send(_ request: OutboundRequest) async throws -> Answer {
    var request = request
    request.limits.responseBytes = 4 << 20
    let response = try await http.send(request)
    let body = (try? JSONValue(parsing: response.body)) ?? .null
    let answer = Answer(status: response.status, headers: response.headers, body: body)
    observe(request.method, String(request.url.dropFirst(baseURL.count)), answer)
    return answer
  }

  /// An answer as it came.
  func raw(_ request: OutboundRequest) async throws -> OutboundResponse { try await http.send(request) }

  /// Exchanges a signup's code, subscribes to its account and registers its number: what `connect` does.
  func connect(_ signup: JSONValue) async throws -> (token: String, numberID: String) {
    let code = signup["code"]?.string ?? ""
    let exchange = try await exchange(code)
    let token = exchange.body["access_token"]?.string ?? ""
    let account = signup["waba_id"]?.string ?? ""
    let number = signup["phone_number_id"]?.string ?? ""
    _ = try await call("POST", "/v26.0/\(account)/subscribed_apps", token: token)
    _ = try await call(
      "POST", "/v26.0/\(number)/register", ["messaging_product": "whatsapp", "pin": "123456"], token: token)
    return (token, number)
  }

  func exchange(_ code: String, secret: String = "sandbox-app-secret") async throws -> Answer {
    let query = "client_id=100000000000001&client_secret=\(secret)&code=\(code)"
    return try await call("GET", "/v26.0/oauth/access_token?\(query)")
  }

  func text(_ text: String, to: String, data: String? = nil) -> JSONValue {
    var message: JSONObject = [
      "messaging_product": "whatsapp", "to": .string(to), "type": "text", "text": ["body": .string(text)],
    ]
    if let data { message["biz_opaque_callback_data"] = .string(data) }
    return .object(message)
  }
}
