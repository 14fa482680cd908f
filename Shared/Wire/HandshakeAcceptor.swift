import Crypto

/// The side that was dialled. It answers every hello it can read, so that unknown keys, wrong names and wrong proofs
/// look and take the same, and proves itself only to a peer that has proven itself.
package struct HandshakeAcceptor: Sendable {
  private let service: ServiceName
  private let keys: PairKeys
  private let frameBytes: Int
  private let inFlight: Int
  private let nonce: [UInt8]
  private var state = State.hello

  private enum State {
    case hello
    case proof(Challenge)
    case done
  }

  private struct Challenge {
    let theirs: Hello
    let version: Int
    let key: PairKey
    /// Why the proof cannot be right whatever it is; nil when it may be.
    let refusal: String?
    let theirBody: [UInt8]
    let ourBody: [UInt8]
  }

  package init(
    service: ServiceName, keys: PairKeys, frameBytes: Int, inFlight: Int, nonce: [UInt8] = RandomBytes.make(32)
  ) {
    self.service = service
    self.keys = keys
    self.frameBytes = frameBytes
    self.inFlight = inFlight
    self.nonce = nonce
  }

  /// Takes the body of the next frame.
  package mutating func received(_ body: [UInt8]) throws(HandshakeFailure) -> HandshakeStep {
    let envelope = try Envelope.inHandshake(body)
    switch (state, envelope) {
    case (.hello, .hello(let theirs)): return try greeted(theirs, body)
    case (.proof(let challenge), .proof(let mac)): return try proven(challenge, mac)
    default: throw .frame(.unexpected("\(envelope.kind) in the handshake"))
    }
  }

  private mutating func greeted(_ theirs: Hello, _ body: [UInt8]) throws(HandshakeFailure) -> HandshakeStep {
    let hello = Hello(
      service: service, frameBytes: frameBytes, inFlight: inFlight, keyID: theirs.keyID, nonce: nonce)
    guard let version = hello.version(with: theirs) else { throw .versions(theirs: theirs.versions) }
    let key = keys.key(id: theirs.keyID)
    var refusal: String?
    if let key {
      if key.peer != theirs.service { refusal = "key \(key.id) belongs to \(key.peer), not to \(theirs.service)" }
    } else {
      refusal = "unknown key id \(theirs.keyID) from \(theirs.service)"
    }
    if theirs.nonce == nonce { refusal = "our own nonce came back" }
    let answer = Frame.hello(hello)
    state = .proof(
      Challenge(
        theirs: theirs, version: version, key: key ?? keys.decoy, refusal: refusal, theirBody: body,
        ourBody: Array(answer.dropFirst(Frame.headerBytes))))
    return .send(answer)
  }

  private mutating func proven(_ challenge: Challenge, _ mac: [UInt8]) throws(HandshakeFailure) -> HandshakeStep {
    let (theirs, ours) = (challenge.theirBody, challenge.ourBody)
    let expected = HandshakeProof.make(challenge.key, .initiator, initiator: theirs, acceptor: ours)
    let isRight = constantTimeEquals(mac, expected)
    if let refusal = challenge.refusal { throw .unauthenticated(cause: refusal) }
    guard isRight else { throw .unauthenticated(cause: "wrong proof from \(challenge.theirs.service)") }
    state = .done
    let agreement = HandshakeStep.Agreement(
      peer: challenge.key.peer, keyID: challenge.key.id, version: challenge.version,
      frameBytes: challenge.theirs.frameBytes,
      inFlight: challenge.theirs.inFlight)
    let proof = HandshakeProof.make(challenge.key, .acceptor, initiator: theirs, acceptor: ours)
    return .established(agreement, send: Frame.proof(proof))
  }
}

extension Envelope {
  /// A frame of the handshake. A `goaway` at this point is the other side's refusal.
  static func inHandshake(_ body: [UInt8]) throws(HandshakeFailure) -> Envelope {
    let envelope: Envelope
    do throws(FrameFailure) {
      envelope = try Envelope(body, limit: Hello.smallestFrameBytes)
    } catch {
      throw .frame(error)
    }
    if case .goaway(let goaway) = envelope { throw .refused(reason: goaway.reason, message: goaway.message) }
    return envelope
  }
}
