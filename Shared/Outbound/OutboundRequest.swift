/// One HTTP request to the outside world.
package struct OutboundRequest: Sendable {
  package var method: String
  /// Absolute `http` or `https` URL, ASCII, already percent-encoded, without user name and fragment.
  package var url: String
  /// `Host`, lengths and hop-by-hop headers are the client's; naming one is an error.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Instead of `body`: the path of a file whose bytes are the body, read as they leave. It must not change meanwhile.
  package var bodyFile: String?
  /// False: the complete request reaches the other side at most once, whatever happens to the connection.
  /// GET, HEAD and OPTIONS are safe by definition (RFC 9110 §9.2.1) and may be repeated regardless.
  package var mayRepeat: Bool
  package var limits: OutboundLimits

  package init(
    method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    mayRepeat: Bool = false, limits: OutboundLimits = OutboundLimits()
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.mayRepeat = mayRepeat
    self.limits = limits
  }

  var hasBody: Bool { !body.isEmpty || bodyFile != nil }

  /// True for methods that change nothing on the other side.
  var isSafe: Bool { method == "GET" || method == "HEAD" || method == "OPTIONS" }
}
