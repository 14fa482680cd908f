/// Why the egress guard refuses a target. The raw value travels in the guard's answer and into logs.
package enum EgressDenial: String, Sendable, CaseIterable {
  /// Not an absolute `http`/`https` URL that can be checked.
  case malformed
  /// Another scheme, or plain `http` where only `https` is allowed.
  case scheme
  /// A user name or password in the URL.
  case userInfo = "user-info"
  /// A port outside the allowed set.
  case port
  /// The name is one of this platform's own, or an operator's private host.
  case ownHost = "own-host"
  /// A number that is not a plain dotted address, a zone id, or a name that only means this machine.
  case spelling
  /// The address, or one of the addresses of the name, is not on the public internet.
  case privateAddress = "private-address"
  /// The caller is not this process, or speaks no proxy protocol.
  case notAuthorized = "not-authorized"
}
