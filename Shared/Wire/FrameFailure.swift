/// Why the bytes of a connection are not frames of this protocol; the connection ends with it.
package enum FrameFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// A frame of no bytes.
  case empty
  /// A frame longer than was agreed.
  case tooLong(declared: Int, limit: Int)
  /// Not one JSON object within the limits of PROTOCOL.md.
  case malformed(String)
  /// A member is missing or of the wrong type.
  case badMember(String)
  /// A `kind` this version does not know.
  case unknownKind(String)
  /// A frame that has no place in this state of the connection.
  case unexpected(String)

  package var description: String {
    switch self {
    case .empty: "a frame of length 0"
    case .tooLong(let declared, let limit): "a frame of \(declared) bytes where \(limit) are allowed"
    case .malformed(let why): "not a frame: \(why)"
    case .badMember(let what): "bad member: \(what)"
    case .unknownKind(let kind): "unknown kind \(kind)"
    case .unexpected(let what): "unexpected \(what)"
    }
  }

  /// The stable word for it in a `goaway`.
  package var reason: String {
    switch self {
    case .empty: "FRAME_EMPTY"
    case .tooLong: "FRAME_TOO_LONG"
    case .malformed: "FRAME_MALFORMED"
    case .badMember: "FRAME_BAD_MEMBER"
    case .unknownKind: "FRAME_UNKNOWN_KIND"
    case .unexpected: "FRAME_UNEXPECTED"
    }
  }
}
