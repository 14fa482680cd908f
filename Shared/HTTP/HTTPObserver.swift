package import Transport

/// What the server tells whoever counts and logs. Called on the loop: be quick, do not block.
package struct HTTPObserver: Sendable {
  /// A request was answered in full, or its client went away (status 499): method (one of the common names, or
  /// "OTHER"), the route's pattern ("none" without one), status, nanoseconds from complete request to last byte.
  package var requestFinished:
    (@Sendable (_ method: String, _ routeLabel: String, _ status: Int, _ nanoseconds: Int64) -> Void)?
  /// Something was refused, timed out or cut before, or instead of, a handler's answer: a stable
  /// `UPPER_SNAKE` code.
  package var rejected: (@Sendable (_ code: String, _ remote: SocketAddress) -> Void)?
  /// The number of open connections, after each change.
  package var connectionsChanged: (@Sendable (_ open: Int) -> Void)?

  package init(
    requestFinished: (@Sendable (String, String, Int, Int64) -> Void)? = nil,
    rejected: (@Sendable (String, SocketAddress) -> Void)? = nil,
    connectionsChanged: (@Sendable (Int) -> Void)? = nil
  ) {
    self.requestFinished = requestFinished
    self.rejected = rejected
    self.connectionsChanged = connectionsChanged
  }

  /// Clients choose their methods' names; a label must not grow with them.
  static func label(_ method: String) -> String {
    switch method {
    case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS": method
    default: "OTHER"
    }
  }
}
