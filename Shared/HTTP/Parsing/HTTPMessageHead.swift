/// The head of a request as the parser understood it.
package struct HTTPMessageHead: Sendable {
  /// As sent; methods are case-sensitive.
  package let method: String
  /// The request target as sent.
  package let target: String
  /// Still percent-encoded, without the query; "*" for `OPTIONS *`.
  package let path: String
  /// Still percent-encoded, without the "?"; nil when there was no "?".
  package let query: String?
  /// Host and port the client meant: of an absolute target, else the Host field. Empty with HTTP/1.0 only.
  package let authority: String
  package let headers: HTTPHeaders
  /// 0 or 1: the y of HTTP/1.y.
  package let minorVersion: Int
  package let framing: HTTPFraming
  /// Whether the client lets the connection live on after the answer.
  package let isKeepAlive: Bool
  /// The client waits for "100 Continue" before it sends the body.
  package let expectsContinue: Bool

  init(_ line: HTTPRequestLine, _ headers: HTTPHeaders) throws(HTTPRefusal) {
    method = line.method
    target = line.target.text
    path = line.target.path
    query = line.target.query
    minorVersion = line.minorVersion
    self.headers = headers
    framing = try HTTPFraming(headers, minorVersion: line.minorVersion)
    let host = try Self.host(headers, isRequired: line.minorVersion == 1)
    authority = line.target.authority ?? host ?? ""
    isKeepAlive =
      line.minorVersion == 1
      ? !headers.contains("connection", token: "close")
      : headers.contains("connection", token: "keep-alive") && !headers.contains("connection", token: "close")
    expectsContinue = try Self.expectsContinue(headers, minorVersion: line.minorVersion, framing)
  }

  private static func host(_ headers: HTTPHeaders, isRequired: Bool) throws(HTTPRefusal) -> String? {
    var host: Range<Int>?
    for field in headers.fields where headers.isNamed(field, "host".utf8) {
      if host != nil { throw .host }
      host = field.value
    }
    guard let host else {
      if isRequired { throw .host }
      return nil
    }
    if !HTTPTarget.isAuthority(headers.block[host]) { throw .host }
    return headers.text(host)
  }

  /// RFC 9110 §10.1.1: HTTP/1.0 clients do not know "100", so theirs is ignored.
  private static func expectsContinue(
    _ headers: HTTPHeaders, minorVersion: Int, _ framing: HTTPFraming
  ) throws(HTTPRefusal) -> Bool {
    var isExpected = false
    for field in headers.fields where headers.isNamed(field, "expect".utf8) {
      if !HTTPHeaders.isSame(headers.block[field.value], "100-continue".utf8) { throw .expectation }
      isExpected = true
    }
    return isExpected && minorVersion == 1 && framing != .none && framing != .length(0)
  }
}
