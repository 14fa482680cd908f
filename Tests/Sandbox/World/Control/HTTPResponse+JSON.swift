import HTTP
import JSON

extension HTTPResponse {
  static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, bytes: value.text, contentType: "application/json")
  }

  init(_ reply: GraphReply) {
    self = .json(reply.body, status: reply.status)
    headers.set("x-fb-request-id", MetaIdentifier.trace())
    if let seconds = reply.retryAfter { headers.set("Retry-After", String(seconds)) }
  }

  init(_ failure: ControlFailure) {
    self = .json(["error": .string(failure.description)], status: failure.status)
  }
}
