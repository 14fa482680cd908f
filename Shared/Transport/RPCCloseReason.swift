package import Wire

/// Why a connection of the protocol ended, in the words that every waiting caller gets.
package enum RPCCloseReason: Error, Sendable, Equatable, CustomStringConvertible {
  /// The other side said goodbye and why.
  case goaway(Goaway)
  /// The socket ended.
  case tcp(TCPCloseReason)
  /// The other side broke the protocol.
  case protocolError(FrameFailure)
  /// The sides did not come together.
  case handshake(HandshakeFailure)
  /// The handshake took too long.
  case handshakeTimeout
  /// Nothing came for two pings.
  case pingTimeout
  /// This side's wish.
  case closedHere(String)

  package var description: String {
    switch self {
    case .goaway(let goaway): "the other side ended it: \(goaway.reason): \(goaway.message)"
    case .tcp(.endOfStream): "the other side closed the connection"
    case .tcp(.slowReader): "the other side did not read and its limit of waiting bytes was reached"
    case .tcp(.closedHere(let why)): why
    case .tcp(.failed(let failure)): failure.description
    case .protocolError(let failure): "protocol error: \(failure)"
    case .handshake(let failure): failure.description
    case .handshakeTimeout: "the handshake took too long"
    case .pingTimeout: "no answer to two pings"
    case .closedHere(let why): why
    }
  }
}
