import JSON
import Outbound

/// JSON over HTTP to one base URL; anything but a 2xx is a failure that shows what came back.
struct API: Sendable {
  let http: HTTPClient
  let baseURL: String
  let key: String?

  func get(_ path: String) async throws -> JSONNode { try await send("GET", path, nil) }

  @discardableResult
  func send(_ method: String, _ path: String, _ body: JSONValue?, idempotencyKey: String? = nil) async throws
    -> JSONNode
  {
    var headers: [(name: String, value: String)] = [("Accept", "application/json")]
    if let key { headers.append(("Authorization", "Bearer " + key)) }
    if let idempotencyKey { headers.append(("Idempotency-Key", idempotencyKey)) }
    var bytes: [UInt8] = []
    if let body {
      headers.append(("Content-Type", "application/json"))
      bytes = try JSONCoder.encode(body)
    }
    let response = try await http.send(
      OutboundRequest(
        method: method, url: baseURL + path, headers: headers, body: bytes,
        limits: OutboundLimits(responseBytes: 4 << 20)))
    guard (200..<300).contains(response.status) else {
      throw StoryFailure(
        "\(method) \(path) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
    }
    return response.body.isEmpty ? try JSONDocument(parsing: "{}").root : try JSONDocument(parsing: response.body).root
  }
}

/// Why a step did not happen.
struct StoryFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
