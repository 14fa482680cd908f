package import Transport

/// A complete request, as handlers see it.
package struct HTTPRequest: Sendable {
  package let head: HTTPRequestHead
  package var body: [UInt8]
  /// Instead of `body`, where the server streams it: it may still be coming.
  package var incoming: HTTPRequestBody?
  /// The decoded `{name}` parts of the route's pattern.
  package var pathParameters: [String: String] = [:]

  package init(head: HTTPRequestHead, body: [UInt8]) {
    self.head = head
    self.body = body
  }

  /// Makes a request without a connection, for tests of handlers. Throws what the parser would refuse.
  package init(
    method: String, target: String, headers: HTTPHeaders = [:], body: [UInt8] = [], remote: SocketAddress
  ) throws(HTTPRefusal) {
    var lines = headers
    if !lines.contains("host") { lines.add("host", "test") }
    let line = try HTTPRequestLine(parsing: Array("\(method) \(target) HTTP/1.1".utf8)[...], targetLimit: 8 << 10)
    head = HTTPRequestHead(message: try HTTPMessageHead(line, lines), remote: remote)
    self.body = body
  }

  package var method: String { head.method }
  /// Still percent-encoded, without the query.
  package var path: String { head.path }
  package var headers: HTTPHeaders { head.headers }
  package var remote: SocketAddress { head.remote }

  /// The query's name and value pairs in order, decoded; nil when an encoding is broken.
  package func queryItems() -> [(name: String, value: String)]? {
    HTTPPercentDecoding.form(head.query ?? "")
  }
}
