import HTTP
import JSON
import Wire

/// Failures as RFC 9457 problems: `code` for programs, `detail` for people.
enum RESTProblem {
  /// A change that came too late is HTTP's failed precondition; else the code says it.
  static func status(_ failure: CallFailure) -> Int {
    failure.code == .aborted && failure.reason == IfVersion.changed ? 412 : status(failure.code)
  }

  /// The one table from the codes of call failures to HTTP statuses.
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
    let status = status(failure)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", "about:blank")
    writer.member("title", HTTPStatus.reason(status))
    writer.key("status")
    writer.integer(status)
    writer.member("code", failure.reason)
    writer.member("detail", failure.message)
    if let field = failure.details?["field"]?.string { writer.member("field", field) }
    writer.key("retriable")
    // What came too late has to be read again first.
    writer.bool(failure.retry != .never && status != 412)
    addDetails(of: failure, &writer)
    writer.endObject()
    var response = HTTPResponse(status: status, bytes: writer.finish(), contentType: "application/problem+json")
    if let seconds = retryAfterSeconds(failure, status) { response.headers.set("Retry-After", String(seconds)) }
    if status == 401 { response.headers.set("WWW-Authenticate", "Bearer") }
    return response
  }

  /// Further members of problems, as the API description names them.
  static let further: Set<String> = ["next_step", "session_status", "meta_code", "meta_details", "problems"]

  /// What belongs to the code stands beside it, as RFC 9457 wants it.
  private static func addDetails(of failure: CallFailure, _ writer: inout JSONWriter) {
    for member in failure.details?.object?.members ?? [] where further.contains(member.key) {
      let value: [UInt8]
      // Values that came over the wire can be written again.
      do throws(JSONEncodingFailure) { value = try JSONCoder.encode(member.value) } catch { continue }
      writer.key(member.key)
      writer.raw(value)
    }
  }

  private static func retryAfterSeconds(_ failure: CallFailure, _ status: Int) -> Int? {
    if case .afterMilliseconds(let wait) = failure.retry { return max(1, (wait + 999) / 1_000) }
    return status == 429 || status == 503 ? 1 : nil
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }
}
