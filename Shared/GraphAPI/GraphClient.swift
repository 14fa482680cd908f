import Crypto
import JSON
package import Outbound

/// Meta's Graph API as the platform uses it. One method per call; nothing is retried here.
package struct GraphClient: Sendable {
  let http: HTTPClient
  let settings: GraphSettings

  package init(http: HTTPClient, settings: GraphSettings) {
    self.http = http
    self.settings = settings
  }

  /// Sends and reads one JSON answer. `mayRepeat` only for reads: libcurl may resend those by itself.
  func call(
    _ method: String, _ path: String, query: [(String, String)] = [], token: Secret?, body: [UInt8]? = nil,
    contentType: String = "application/json", scheme: String = "Bearer",
    headers more: [(name: String, value: String)] = [], mayRepeat: Bool = false
  ) async throws(GraphFailure) -> JSONDocument {
    try await exchange(
      method, path, query: query, token: token, body: body, contentType: contentType, scheme: scheme, headers: more,
      mayRepeat: mayRepeat
    ).document
  }

  /// The same, with what the answer's headers say of the calls used up.
  func exchange(
    _ method: String, _ path: String, query: [(String, String)] = [], token: Secret?, body: [UInt8]? = nil,
    contentType: String = "application/json", scheme: String = "Bearer",
    headers more: [(name: String, value: String)] = [], mayRepeat: Bool = false
  ) async throws(GraphFailure) -> (document: JSONDocument, usage: GraphUsage?) {
    var url = settings.baseURL + "/" + settings.version + path
    if !query.isEmpty {
      url +=
        "?" + query.map { PercentEncoding.encode($0.0) + "=" + PercentEncoding.encode($0.1) }.joined(separator: "&")
    }
    var headers: [(name: String, value: String)] = [("Accept", "application/json")]
    if let text = token?.string { headers.append(("Authorization", scheme + " " + text)) }
    if body != nil { headers.append(("Content-Type", contentType)) }
    headers += more
    var request = OutboundRequest(method: method, url: url, headers: headers, body: body ?? [])
    request.mayRepeat = mayRepeat
    request.limits = settings.limits
    let response: OutboundResponse
    do throws(OutboundFailure) {
      response = try await http.send(request)
    } catch {
      throw error.neverLeft ? .notSent(error) : .unknown(error.message)
    }
    return (try read(response), GraphUsage(response.headers))
  }

  /// The JSON of an answer, or what Meta has against the call.
  func read(_ response: OutboundResponse) throws(GraphFailure) -> JSONDocument {
    let document: JSONDocument?
    do throws(JSONFailure) { document = try JSONDocument(parsing: response.body) } catch { document = nil }
    // Gateways have an "error" too, and theirs does not say what Meta did.
    if let error = document?.root["error"], error["code"]?.int64 != nil { throw .answered(graphError(error, response)) }
    guard (200..<300).contains(response.status) else {
      // 408: somebody on the way was tired of waiting for Meta.
      if (400..<500).contains(response.status), response.status != 408 {
        // A 4xx without Meta's shape comes from a proxy or a wrong address: refused all the same.
        throw .answered(
          GraphError(
            httpStatus: response.status, code: 0, message: "HTTP \(response.status) without Meta's error object",
            retryAfterMilliseconds: retryAfter(response)))
      }
      throw .unknown("HTTP \(response.status) without Meta's error object")
    }
    guard let document, !response.isTruncated else { throw .unknown("the answer is not JSON") }
    return document
  }

  private func graphError(_ node: JSONNode, _ response: OutboundResponse) -> GraphError {
    var error = GraphError(
      httpStatus: response.status, code: Int(node["code"]?.int64 ?? 0), message: node["message"]?.string ?? "",
      details: node["error_data"]?["details"]?.string, userMessage: node["error_user_msg"]?.string,
      traceID: node["fbtrace_id"]?.string, isTransient: node["is_transient"]?.bool ?? false,
      retryAfterMilliseconds: retryAfter(response))
    error.subcode = node["error_subcode"]?.int64.map { Int($0) }
    error.usage = GraphUsage(response.headers)
    return error
  }

  /// The seconds of `Retry-After`, at most a day, in milliseconds.
  private func retryAfter(_ response: OutboundResponse) -> Int64? {
    response.headers["Retry-After"].flatMap { Int64($0) }.map { min(max($0, 0), 86_400) * 1_000 }
  }
}
