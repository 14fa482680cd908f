import Glibc

/// What the operating system, or a limit, refused.
package enum TransportFailure: Error, Equatable, CustomStringConvertible {
  /// A system call failed with this errno.
  case system(call: String, errno: Int32)
  /// The address is not a numeric IPv4 or IPv6 address with a port.
  case badAddress(String)
  /// The name has no address now.
  case unresolved(host: String, reason: String)
  /// The peer did not accept within the time allowed.
  case connectTimeout
  /// A limit of this process was reached.
  case overloaded(String)

  package var description: String {
    switch self {
    case .system(let call, let errno): "\(call): \(String(cString: strerror(errno))) (errno \(errno))"
    case .badAddress(let text): "not an address: \(text)"
    case .unresolved(let host, let reason): "cannot resolve \(host): \(reason)"
    case .connectTimeout: "connect timed out"
    case .overloaded(let what): "limit reached: \(what)"
    }
  }
}
