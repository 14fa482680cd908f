import Crypto

/// The side that dialled: says hello first, proves itself first.
package struct HandshakeInitiator: Sendable {
  /// The first frame to send.
  package let opening: [UInt8]

  private let hello: Hello
  private let peer: ServiceName
  private let key: PairKey
  private var state = State.hello

  private enum State {
    case hello
    case proof(theirs: Hello, version: Int, expected: [UInt8])
    case done
  }

  /// Throws `.noKey` when this service shares no key with `peer`.
  package init(
    service: ServiceName, peer: ServiceName, keys: PairKeys, frameBytes: Int, inFlight: Int,
    nonce: [UInt8] = RandomBytes.make(32)
  ) throws(HandshakeFailure) {
    guard let key = keys.key(for: peer) else { throw .noKey(peer) }
    self.peer = peer
    self.key = key
    hello = Hello(service: service, frameBytes: frameBytes, inFlight: inFlight, keyID: key.id, nonce: nonce)
    opening = Frame.hello(hello)
  }

  /// Takes the body of the next frame.
  package mutating func received(_ body: [UInt8]) throws(HandshakeFailure) -> HandshakeStep {
    let envelope = try Envelope.inHandshake(body)
    switch (state, envelope) {
    case (.hello, .hello(let theirs)):
      return try answered(theirs, body)
    case (.proof(let theirs, let version, let expected), .proof(let mac)):
      guard constantTimeEquals(mac, expected) else { throw .unauthenticated(cause: "wrong proof from \(peer)") }
      state = .done
      return .established(
        .init(
          peer: peer, keyID: key.id, version: version, frameBytes: theirs.frameBytes, inFlight: theirs.inFlight),
        send: [])
    default:
      throw .frame(.unexpected("\(envelope.kind) in the handshake"))
    }
  }

  private mutating func answered(_ theirs: Hello, _ body: [UInt8]) throws(HandshakeFailure) -> HandshakeStep {
    guard let version = hello.version(with: theirs) else { throw .versions(theirs: theirs.versions) }
    guard theirs.service == peer else {
      throw .unauthenticated(cause: "expected \(peer), found \(theirs.service)")
    }
    guard theirs.keyID == key.id else { throw .unauthenticated(cause: "\(peer) answered with another key id") }
    guard theirs.nonce != hello.nonce else { throw .unauthenticated(cause: "our own nonce came back") }
    let ours = Array(opening.dropFirst(Frame.headerBytes))
    state = .proof(
      theirs: theirs, version: version,
      expected: HandshakeProof.make(key, .acceptor, initiator: ours, acceptor: body))
    return .send(Frame.proof(HandshakeProof.make(key, .initiator, initiator: ours, acceptor: body)))
  }
}
