/// What a side of a handshake does next.
package enum HandshakeStep: Sendable, Equatable {
  /// Send these frames and wait for the next one.
  case send([UInt8])
  /// The other side is who it says. Send these frames, if any; then calls may be made.
  case established(Agreement, send: [UInt8])

  /// What both sides have agreed on.
  package struct Agreement: Sendable, Equatable {
    /// The proven name of the other side.
    package let peer: ServiceName
    /// The pair key both sides proved to hold.
    package let keyID: String
    package let version: Int
    /// The longest frame the other side accepts.
    package let frameBytes: Int
    /// Requests the other side works on at a time.
    package let inFlight: Int
  }
}
