/// Why two services did not come together.
package enum HandshakeFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// This service has no key for that peer.
  case noKey(ServiceName)
  /// The other side did not prove who it is. The cause is for our log only; the peer hears one word for all.
  case unauthenticated(cause: String)
  /// No protocol version in common.
  case versions(theirs: ClosedRange<Int>)
  /// What came was not a handshake.
  case frame(FrameFailure)
  /// The other side turned us away.
  case refused(reason: String, message: String)

  package var description: String {
    switch self {
    case .noKey(let peer): "no key for \(peer)"
    case .unauthenticated(let cause): "not authenticated: \(cause)"
    case .versions(let theirs): "no common protocol version: they speak \(theirs.lowerBound) to \(theirs.upperBound)"
    case .frame(let failure): "\(failure)"
    case .refused(let reason, let message): "refused: \(reason): \(message)"
    }
  }

  /// What the other side is told.
  package var goaway: Goaway {
    switch self {
    case .noKey, .unauthenticated: Goaway(reason: "AUTHENTICATION_FAILED", message: "not authenticated")
    case .versions: Goaway(reason: "VERSION_UNSUPPORTED", message: "this side speaks \(Hello.spokenVersions)")
    case .frame(let failure): Goaway(reason: failure.reason, message: failure.description)
    case .refused(let reason, let message): Goaway(reason: reason, message: message)
    }
  }
}
