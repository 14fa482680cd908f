package import Transport

/// The head of a request and where it came from.
package struct HTTPRequestHead: Sendable {
  /// What the parser read.
  package let message: HTTPMessageHead
  /// The other end of the connection (a reverse proxy, where there is one).
  package let remote: SocketAddress

  /// As sent; methods are case-sensitive.
  package var method: String { message.method }
  /// The request target as sent.
  package var target: String { message.target }
  /// Still percent-encoded, without the query.
  package var path: String { message.path }
  /// Still percent-encoded, without the "?"; nil when there was no "?".
  package var query: String? { message.query }
  package var headers: HTTPHeaders { message.headers }
  /// Host and port the client meant; empty with HTTP/1.0 only.
  package var authority: String { message.authority }
  /// 0 or 1: the y of HTTP/1.y.
  package var minorVersion: Int { message.minorVersion }
  /// Whether the client lets the connection live on after the answer.
  package var isKeepAlive: Bool { message.isKeepAlive }
}
