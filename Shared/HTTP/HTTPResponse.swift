/// An answer. The server adds Date, the length or the chunked coding, and Connection where it closes.
package struct HTTPResponse: Sendable {
  /// What follows the head.
  package enum Body: Sendable {
    case empty
    case bytes([UInt8])
    case stream(HTTPBodyStream)
  }

  /// 200 to 599.
  package var status: Int
  /// Content-Length, Transfer-Encoding, Date and Connection are the server's; `Connection: close` is honoured.
  package var headers: HTTPHeaders
  package var body: Body
  /// The pattern that matched, as a label for metrics; never sent.
  package var routeLabel: String?
  /// Closes the connection without a byte of answer, as a crashed server would. For the sandbox's faults.
  package var hangsUp = false

  package init(status: Int, headers: HTTPHeaders = [:], body: Body = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer with a body of known type.
  package init(status: Int, headers: HTTPHeaders = [:], bytes: [UInt8], contentType: String) {
    self.init(status: status, headers: headers, body: .bytes(bytes))
    self.headers.set("Content-Type", contentType)
  }

  /// Plain text.
  package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, bytes: Array(text.utf8), contentType: "text/plain; charset=utf-8")
  }

  /// An RFC 9457 problem: `code` is the stable `UPPER_SNAKE` name programs look at, `detail` is for people.
  package static func problem(
    _ status: Int, code: String, detail: String, headers: HTTPHeaders = [:]
  ) -> HTTPResponse {
    var json = "{\"type\":\"about:blank\",\"status\":\(status),\"title\":"
    appendQuoted(HTTPStatus.reason(status), to: &json)
    json += ",\"code\":"
    appendQuoted(code, to: &json)
    json += ",\"detail\":"
    appendQuoted(detail, to: &json)
    json += "}"
    return HTTPResponse(
      status: status, headers: headers, bytes: Array(json.utf8), contentType: "application/problem+json")
  }

  private static func appendQuoted(_ text: String, to json: inout String) {
    json += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    json += "\""
  }
}
