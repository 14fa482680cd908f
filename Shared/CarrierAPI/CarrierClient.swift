import Crypto
import JSON
package import Outbound

/// A carrier's REST API in Twilio's shape: basic authentication, forms in, JSON out. One method per call; nothing is
/// retried here.
package struct CarrierClient: Sendable {
  /// The version that is part of every path.
  static let version = "2010-04-01"

  let http: HTTPClient
  package let settings: CarrierSettings

  package init(http: HTTPClient, settings: CarrierSettings) {
    self.http = http
    self.settings = settings
  }

  /// The path of something in the account, for example `/IncomingPhoneNumbers.json`.
  func path(_ rest: String) -> String { "/\(Self.version)/Accounts/\(FormEncoding.encode(settings.accountSID))\(rest)" }

  /// Sends and reads one JSON answer; nil for 204. Only a GET may be sent twice by the HTTP library.
  func call(
    _ method: String, _ path: String, query: [(name: String, value: String)] = [],
    form: [(name: String, value: String)]? = nil
  ) async throws(CarrierFailure) -> JSONDocument? {
    try read(
      try await send(
        method, path, query: query, form: form, accept: "application/json", limits: settings.limits))
  }

  /// Sends to the carrier's own host, with the account's credentials, and answers whatever came back.
  func send(
    _ method: String, _ path: String, query: [(name: String, value: String)] = [],
    form: [(name: String, value: String)]? = nil, accept: String, limits: OutboundLimits
  ) async throws(CarrierFailure) -> OutboundResponse {
    var url = settings.baseURL + path
    if !query.isEmpty { url += "?" + FormEncoding.encode(query) }
    let credentials = Array((settings.accountSID + ":").utf8) + settings.authToken.bytes
    var headers: [(name: String, value: String)] = [
      ("Accept", accept), ("Authorization", "Basic " + Base64.encode(credentials)),
    ]
    if form != nil { headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
    var request = OutboundRequest(
      method: method, url: url, headers: headers, body: form.map { Array(FormEncoding.encode($0).utf8) } ?? [])
    request.mayRepeat = method == "GET"
    request.limits = limits
    do throws(OutboundFailure) {
      return try await http.send(request)
    } catch {
      throw error.neverLeft ? .notSent(error) : .unknown(error.message)
    }
  }

  /// The same where an answer without a body would be no answer.
  func document(
    _ method: String, _ path: String, query: [(name: String, value: String)] = [],
    form: [(name: String, value: String)]? = nil
  ) async throws(CarrierFailure) -> JSONDocument {
    guard let document = try await call(method, path, query: query, form: form) else {
      throw .unknown("the answer is empty")
    }
    return document
  }

  /// The JSON of a success; nil when it has no body. Anything else is a failure.
  func read(_ response: OutboundResponse) throws(CarrierFailure) -> JSONDocument? {
    let isSuccess = (200..<300).contains(response.status)
    if isSuccess, response.body.isEmpty { return nil }
    let document: JSONDocument?
    do throws(JSONFailure) { document = try JSONDocument(parsing: response.body) } catch { document = nil }
    if isSuccess {
      guard let document, !response.isTruncated else { throw .unknown("the answer is not JSON") }
      return document
    }
    // A redirect or a 5xx without the carrier's words proves nothing about what was done.
    let code = document?.root["code"]?.int64.flatMap { Int(exactly: $0) }
    guard code != nil || (400..<500).contains(response.status) else {
      throw .unknown("HTTP \(response.status) without the carrier's error object")
    }
    throw .answered(
      CarrierError(
        httpStatus: response.status, code: code ?? 0,
        message: document?.root["message"]?.string ?? "HTTP \(response.status)",
        retryAfterMilliseconds: response.headers["Retry-After"].flatMap { Int64($0) }.map {
          min(max($0, 0), 86_400) * 1_000
        }))
  }
}
