import HTTP
import JSON
import Wire

/// Failures as RFC 9457 problems: `code` for programs, `detail` for people.
enum RESTProblem {
  /// The one table from call failures to HTTP statuses.
  static func status(_ code: CallFailure.Code) -> Int {
    switch code {
    case .invalidArgument: 400
    case .unauthenticated: 401
    case .permissionDenied: 403
    case .notFound: 404
    case .alreadyExists, .aborted, .failedPrecondition: 409
    case .resourceExhausted: 429
    case .cancelled: 499
    case .internal, .dataLoss: 500
    case .unimplemented: 501
    case .unavailable: 503
    case .deadlineExceeded: 504
    }
  }

  static func response(_ failure: CallFailure) -> HTTPResponse {
    let status = status(failure.code)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", "about:blank")
    writer.member("title", title(status))
    writer.key("status")
    writer.integer(status)
    writer.member("code", failure.reason)
    writer.member("detail", failure.message)
    if let field = failure.details?["field"]?.string { writer.member("field", field) }
    writer.endObject()
    var response = HTTPResponse(status: status, bytes: writer.finish(), contentType: "application/problem+json")
    if let seconds = retryAfterSeconds(failure, status) { response.headers.set("Retry-After", String(seconds)) }
    if status == 401 { response.headers.set("WWW-Authenticate", "Bearer") }
    return response
  }

  private static func retryAfterSeconds(_ failure: CallFailure, _ status: Int) -> Int? {
    if case .afterMilliseconds(let wait) = failure.retry { return max(1, (wait + 999) / 1_000) }
    return status == 429 || status == 503 ? 1 : nil
  }

  private static func title(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 409: "Conflict"
    case 429: "Too Many Requests"
    case 499: "Client Closed Request"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Internal Server Error"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }
}
