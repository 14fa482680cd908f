import TestSupport
import Transport
import Telemetry
import JSON
import Crypto
import Testing
import Wire

@Suite struct HandshakeTests {
  static let key = Secret((0..<32).map { UInt8($0) })

  static func keys(_ peer: ServiceName, id: String = "k1", key: Secret = key) throws -> PairKeys {
    try PairKeys(parsing: PairKeys.makeLine(peer: peer, keyID: id, key: key))
  }

  static func initiator(
    as service: ServiceName = .messagingRouter, to peer: ServiceName = .receipts, keys: PairKeys? = nil,
    nonce: [UInt8] = RandomBytes.make(32)
  ) throws -> HandshakeInitiator {
    try HandshakeInitiator(
      service: service, peer: peer, keys: keys ?? Self.keys(peer), frameBytes: 1 << 20, inFlight: 256, nonce: nonce)
  }

  static func acceptor(keys: PairKeys? = nil, nonce: [UInt8] = RandomBytes.make(32)) throws -> HandshakeAcceptor {
    HandshakeAcceptor(
      service: .receipts, keys: try keys ?? Self.keys(.messagingRouter), frameBytes: 1 << 19, inFlight: 100,
      nonce: nonce)
  }

  static func body(_ frame: [UInt8]) -> [UInt8] { Array(frame.dropFirst(4)) }
  static func text(_ frame: [UInt8]) -> String { String(decoding: body(frame), as: UTF8.self) }

  static func sent(_ step: HandshakeStep) throws -> [UInt8] {
    switch step {
    case .send(let frame), .established(_, let frame): return frame
    }
  }

  static func agreement(_ step: HandshakeStep) -> HandshakeStep.Agreement? {
    if case .established(let agreement, _) = step { agreement } else { nil }
  }

  static func isUnauthenticated(_ error: any Error) -> Bool {
    if case .unauthenticated = error as? HandshakeFailure { true } else { false }
  }

  @Test func `two sides with the same key come together and know each other's limits`() throws {
    var ours = try Self.initiator()
    var theirs = try Self.acceptor()
    let hello = try Self.sent(theirs.received(Self.body(ours.opening)))
    let proof = try Self.sent(ours.received(Self.body(hello)))
    let accepted = try theirs.received(Self.body(proof))
    let established = try ours.received(Self.body(Self.sent(accepted)))
    #expect(Self.agreement(accepted)?.peer == .messagingRouter)
    #expect(Self.agreement(accepted)?.frameBytes == 1 << 20)
    #expect(Self.agreement(established)?.peer == .receipts)
    #expect(Self.agreement(established)?.frameBytes == 1 << 19)
    #expect(Self.agreement(established)?.inFlight == 100)
    #expect(Self.agreement(established)?.version == 1)
  }

  @Test func `the worked example of the specification is what is sent`() throws {
    var ours = try Self.initiator(nonce: (0x20..<0x40).map { UInt8($0) })
    var theirs = HandshakeAcceptor(
      service: .receipts, keys: try Self.keys(.messagingRouter), frameBytes: 1 << 20, inFlight: 256,
      nonce: (0x40..<0x60).map { UInt8($0) })
    let hello = try Self.sent(theirs.received(Self.body(ours.opening)))
    let proof = try Self.sent(ours.received(Self.body(hello)))
    let answer = try Self.sent(theirs.received(Self.body(proof)))
    #expect(Array(ours.opening.prefix(4)) == [0, 0, 0, 0xB8])
    #expect(Array(hello.prefix(4)) == [0, 0, 0, 0xB0])
    #expect(
      Self.text(ours.opening)
        == #"{"kind":"hello","service":"messaging-router","version_min":1,"version_max":1,"frame_bytes":1048576,"#
        + #""in_flight":256,"key_id":"k1","nonce":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="}"#)
    #expect(Self.text(proof) == #"{"kind":"proof","mac":"sB6hkPyhkaFzZzQmhvY3JpmrvYJfOMzleG1AKCAa+XM="}"#)
    #expect(Self.text(answer) == #"{"kind":"proof","mac":"keSz5UcmMLSqxym/xbrwIsl28008AG28UAIRiAITdSc="}"#)
  }

  @Test func `a proof sent back to its maker proves nothing`() throws {
    var ours = try Self.initiator()
    var theirs = try Self.acceptor()
    let hello = try Self.sent(theirs.received(Self.body(ours.opening)))
    let proof = try Self.sent(ours.received(Self.body(hello)))
    #expect { try ours.received(Self.body(proof)) } throws: { Self.isUnauthenticated($0) }
  }

  @Test func `the acceptor's own challenge relayed to a second connection proves nothing`() throws {
    // The attacker has no key. It lets the acceptor's second connection answer the challenge of the first.
    var first = try Self.acceptor()
    var second = try Self.acceptor()
    let stolen = try Self.initiator().opening
    let challenge = try Self.sent(first.received(Self.body(stolen)))
    let answer = try Self.sent(second.received(Self.body(challenge)))
    // The second connection greets, as it greets anybody, and proves nothing before it is proven to.
    #expect(Self.text(answer).contains(#""kind":"hello""#))
    #expect { try second.received(Self.body(challenge)) } throws: { ($0 as? HandshakeFailure) != nil }
  }

  @Test func `a hello that comes back as it went out is refused`() throws {
    let nonce = RandomBytes.make(32)
    let line = PairKeys.makeLine(peer: .messagingRouter, keyID: "k1", key: Self.key)
    var ours = try Self.initiator(keys: try Self.keys(.receipts), nonce: nonce)
    #expect { try ours.received(Self.body(ours.opening)) } throws: { Self.isUnauthenticated($0) }
    var echo = HandshakeAcceptor(
      service: .receipts, keys: try PairKeys(parsing: line), frameBytes: 4_096, inFlight: 1, nonce: nonce)
    let hello = try Self.sent(echo.received(Self.body(try Self.initiator(nonce: nonce).opening)))
    #expect { try ours.received(Self.body(hello)) } throws: { Self.isUnauthenticated($0) }
  }

  @Test func `an old conversation played again is refused`() throws {
    var ours = try Self.initiator()
    var theirs = try Self.acceptor()
    let proof = try Self.sent(ours.received(Self.body(Self.sent(theirs.received(Self.body(ours.opening))))))
    #expect(throws: Never.self) { try theirs.received(Self.body(proof)) }
    var fresh = try Self.acceptor()
    _ = try fresh.received(Self.body(ours.opening))
    #expect { try fresh.received(Self.body(proof)) } throws: { Self.isUnauthenticated($0) }
  }

  @Test func `every byte of both hellos is bound by the proofs`() throws {
    let opening = try Self.initiator(nonce: [UInt8](repeating: 7, count: 32)).opening
    for index in Self.body(opening).indices {
      var ours = try Self.initiator(nonce: [UInt8](repeating: 7, count: 32))
      var theirs = try Self.acceptor()
      var changed = Self.body(opening)
      changed[index] ^= 1
      // A change that breaks the frame is refused at once; any other must make the proof wrong.
      guard let hello = try? Self.sent(theirs.received(changed)) else { continue }
      guard let proof = try? Self.sent(ours.received(Self.body(hello))) else { continue }
      #expect(throws: HandshakeFailure.self, "byte \(index)") { try theirs.received(Self.body(proof)) }
    }
  }

  @Test func `a limit or version lowered on the way makes the proof wrong`() throws {
    for (from, to) in [("\"frame_bytes\":524288", "\"frame_bytes\":4096"), ("\"in_flight\":100", "\"in_flight\":1")] {
      var ours = try Self.initiator()
      var theirs = try Self.acceptor()
      let hello = Self.text(try Self.sent(theirs.received(Self.body(ours.opening))))
      #expect(hello.contains(from))
      let lowered = hello.replacing(from, with: to)
      let proof = try Self.sent(ours.received(Array(lowered.utf8)))
      #expect { try theirs.received(Self.body(proof)) } throws: { Self.isUnauthenticated($0) }
    }
  }

  @Test func `a peer that speaks no common version is told so`() throws {
    let hello = Hello(
      service: .messagingRouter, versions: 2...9, frameBytes: 4_096, inFlight: 1, keyID: "k1",
      nonce: RandomBytes.make(32))
    var theirs = try Self.acceptor()
    #expect { try theirs.received(Self.body(Frame.hello(hello))) } throws: { error in
      (error as? HandshakeFailure) == .versions(theirs: 2...9)
        && (error as? HandshakeFailure)?.goaway.reason == "VERSION_UNSUPPORTED"
    }
  }

  @Test func `a newer peer that still speaks version 1 is welcome`() throws {
    let hello = Hello(
      service: .messagingRouter, versions: 1...9, frameBytes: 4_096, inFlight: 1, keyID: "k1",
      nonce: RandomBytes.make(32))
    var theirs = try Self.acceptor()
    #expect(throws: Never.self) { try theirs.received(Self.body(Frame.hello(hello))) }
  }

  @Test func `unknown key, another's name and a wrong proof are answered alike`() throws {
    let stranger = try Self.initiator(keys: Self.keys(.receipts, id: "k9"))
    let impostor = try Self.initiator(as: .verifier)
    let guesser = try Self.initiator(keys: Self.keys(.receipts, key: Secret(RandomBytes.make(32))))
    var answers: Set<String> = []
    for var ours in [stranger, impostor, guesser] {
      var theirs = try Self.acceptor()
      // Each gets a hello with its own key id, and is refused at the same step with the same words.
      let proof = try Self.sent(ours.received(Self.body(Self.sent(theirs.received(Self.body(ours.opening))))))
      do {
        _ = try theirs.received(Self.body(proof))
        Issue.record("accepted")
      } catch {
        answers.insert(Self.text(Frame.goaway(error.goaway)))
        #expect(error.goaway.reason == "AUTHENTICATION_FAILED")
      }
    }
    #expect(answers.count == 1)
  }

  @Test func `the initiator refuses another service's answer`() throws {
    var ours = try Self.initiator()
    let other = HandshakeAcceptor(
      service: .verifier, keys: try Self.keys(.messagingRouter), frameBytes: 4_096, inFlight: 1)
    var theirs = other
    let hello = try Self.sent(theirs.received(Self.body(ours.opening)))
    #expect { try ours.received(Self.body(hello)) } throws: { Self.isUnauthenticated($0) }
  }

  @Test func `an acceptor without the key is found out`() throws {
    var ours = try Self.initiator()
    var theirs = try Self.acceptor(keys: Self.keys(.messagingRouter, key: Secret(RandomBytes.make(32))))
    _ = try ours.received(Self.body(Self.sent(theirs.received(Self.body(ours.opening)))))
    let forged = Frame.proof(RandomBytes.make(32))
    #expect { try ours.received(Self.body(forged)) } throws: { Self.isUnauthenticated($0) }
  }

  @Test func `frames out of turn end the handshake`() throws {
    var theirs = try Self.acceptor()
    #expect { try theirs.received(Self.body(Frame.proof(RandomBytes.make(32)))) } throws: {
      ($0 as? HandshakeFailure)?.goaway.reason == "FRAME_UNEXPECTED"
    }
    var ours = try Self.initiator()
    #expect { try ours.received(Self.body(Frame.ping(id: 1))) } throws: {
      ($0 as? HandshakeFailure)?.goaway.reason == "FRAME_UNEXPECTED"
    }
  }

  @Test func `a goodbye during the handshake is its reason`() throws {
    var ours = try Self.initiator()
    let goaway = Frame.goaway(Goaway(reason: "TOO_MANY_CONNECTIONS", message: "full"))
    #expect(throws: HandshakeFailure.refused(reason: "TOO_MANY_CONNECTIONS", message: "full")) {
      try ours.received(Self.body(goaway))
    }
  }

  @Test func `a service without a key for its peer says so before dialling`() throws {
    #expect(throws: HandshakeFailure.noKey(.verifier)) {
      try Self.initiator(to: .verifier, keys: Self.keys(.receipts))
    }
  }

  @Test func `both live keys of a pair are accepted and the first one is used`() throws {
    let old = Secret(RandomBytes.make(32))
    let new = Secret(RandomBytes.make(32))
    let both =
      PairKeys.makeLine(peer: .messagingRouter, keyID: "old", key: old)
      + PairKeys.makeLine(peer: .messagingRouter, keyID: "new", key: new)
    let accepting = try PairKeys(parsing: both)
    for (id, key) in [("old", old), ("new", new)] {
      var ours = try Self.initiator(keys: Self.keys(.receipts, id: id, key: key))
      var theirs = try Self.acceptor(keys: accepting)
      let proof = try Self.sent(ours.received(Self.body(Self.sent(theirs.received(Self.body(ours.opening))))))
      let accepted = try theirs.received(Self.body(proof))
      #expect(Self.agreement(accepted) != nil)
    }
    let dialling = try PairKeys(parsing: both.replacing("messaging-router", with: "receipts"))
    #expect(Self.text(try Self.initiator(keys: dialling).opening).contains(#""key_id":"old""#))
  }
}
