/// What the egress guard tells the client about one proxy connection, in a header only the two of them know.
///
/// libcurl reports a refused CONNECT without its status, so the reason travels in the answer's head, which the
/// client's delegate does see. The header's name is random per process: no other side can forge one.
enum EgressNote: Equatable {
  /// Connected to this address; for CONNECT the head that carries it is the guard's own, not the target's.
  /// The number names the tunnel to the guard.
  case tunnel(String, UInt64 = 0)
  case answered(String)
  case denied(EgressDenial)
  case unresolved
  case refused
  case connectTimeout
  /// Connected, the request went on, and no sound answer came back.
  case broken(String)
  case overloaded

  var text: String {
    switch self {
    case .tunnel(let address, let number): "tunnel \(address) \(number)"
    case .answered(let address): "answered \(address)"
    case .denied(let why): "denied \(why.rawValue)"
    case .unresolved: "unresolved"
    case .refused: "refused"
    case .connectTimeout: "connect-timeout"
    case .broken(let address): "broken \(address)"
    case .overloaded: "overloaded"
    }
  }

  init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    let detail = parts.count == 2 ? String(parts[1]) : ""
    switch parts.first {
    case "tunnel":
      let words = detail.split(separator: " ")
      guard words.count == 2, let number = UInt64(words[1]) else { return nil }
      self = .tunnel(String(words[0]), number)
    case "answered": self = .answered(detail)
    case "denied":
      guard let why = EgressDenial(rawValue: detail) else { return nil }
      self = .denied(why)
    case "unresolved": self = .unresolved
    case "refused": self = .refused
    case "connect-timeout": self = .connectTimeout
    case "broken": self = .broken(detail)
    case "overloaded": self = .overloaded
    default: return nil
    }
  }

  /// The address that was dialled, where there was one.
  var address: String? {
    switch self {
    case .tunnel(let address, _), .answered(let address), .broken(let address): address
    default: nil
    }
  }

  /// The failure this note stands for; nil when the guard did its part.
  var failure: OutboundFailure? {
    switch self {
    case .tunnel, .answered: nil
    case .denied(let why):
      OutboundFailure(.egressDenied(why), neverLeft: true, "the egress guard refused the target: \(why.rawValue)")
    case .unresolved: OutboundFailure(.resolveFailed, neverLeft: true, "the name has no address")
    case .refused: OutboundFailure(.connectFailed, neverLeft: true, "no address of the target accepted a connection")
    case .connectTimeout: OutboundFailure(.connectTimeout, neverLeft: true, "connecting to the target timed out")
    case .broken(let address):
      OutboundFailure(
        .closedBeforeAnswer, neverLeft: false, "the target closed, or answered with something else than HTTP",
        dialledAddress: address)
    case .overloaded: OutboundFailure(.overloaded, neverLeft: true, "the egress guard's connections are all in use")
    }
  }
}
