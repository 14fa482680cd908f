import Crypto
import TestSupport
import Testing
import Wire
import Workers

/// A pair's RPC key is replaced in three steps, each at both ends in any order; in between the ends are one step apart.
@Suite struct PairKeyPhaseTests {
  /// The keys in an end's file after so many steps, the first proves.
  private static let phases = [["old"], ["old", "new"], ["new", "old"], ["new"]]

  /// What the ends may have come to: a step is begun when both ends have done the one before.
  private static let reachable: [[Int]] = {
    var found = [[0, 0]]
    var index = 0
    while index < found.count {
      let pair = found[index]
      index += 1
      for end in 0...1 where pair[end] < 3 && pair[end] <= pair[1 - end] {
        var next = pair
        next[end] += 1
        if !found.contains(next) { found.append(next) }
      }
    }
    return found
  }()

  private let secrets = ["old": Secret(RandomBytes.make(32)), "new": Secret(RandomBytes.make(32))]

  private func keys(with peer: ServiceName, _ phase: Int) throws -> PairKeys {
    try PairKeys(
      parsing: Self.phases[phase].map { id in
        PairKeys.makeLine(peer: peer, keyID: id, key: secrets[id] ?? Secret(""))
      }.joined())
  }

  /// Both ends' word on the key that a connection was proven with; throws when it is refused.
  private func shakeHands(
    _ first: ServiceName, _ firstKeys: PairKeys, _ second: ServiceName, _ secondKeys: PairKeys
  ) throws -> [String] {
    var initiator = try HandshakeInitiator(
      service: first, peer: second, keys: firstKeys, frameBytes: 65_536, inFlight: 8)
    var acceptor = HandshakeAcceptor(service: second, keys: secondKeys, frameBytes: 65_536, inFlight: 8)
    func body(_ frame: [UInt8]) -> [UInt8] { Array(frame.dropFirst(4)) }
    guard case .send(let hello) = try acceptor.received(body(initiator.opening)),
      case .send(let proof) = try initiator.received(body(hello)),
      case .established(let accepted, let answer) = try acceptor.received(body(proof)),
      case .established(let dialled, _) = try initiator.received(body(answer))
    else { return [] }
    #expect(accepted.peer == first && dialled.peer == second)
    return [accepted.keyID, dialled.keyID]
  }

  private func carriesToken(from registry: PairKeys, to copy: PairKeys) throws -> Bool {
    let sealing = try #require(try ReplicaSealing.keyring(with: .messagingRouter, keys: registry))
    let opening = try #require(try ReplicaSealing.keyring(with: .senderRegistry, keys: copy))
    let binding = ReplicaSealing.binding("snd_1")
    let sealed = sealing.seal(Secret("token"), binding: binding)
    return (try? opening.open(sealed, binding: binding))?.string == "token"
  }

  @Test func `at every pair of steps both ends may dial, and tokens are carried both ways`() throws {
    #expect(Self.reachable.count == 10)
    for pair in Self.reachable {
      let registry = try keys(with: .messagingRouter, pair[0])
      let router = try keys(with: .senderRegistry, pair[1])
      let dialled = try shakeHands(.senderRegistry, registry, .messagingRouter, router)
      #expect(dialled == Array(repeating: Self.phases[pair[0]][0], count: 2), "\(pair)")
      let accepted = try shakeHands(.messagingRouter, router, .senderRegistry, registry)
      #expect(accepted == Array(repeating: Self.phases[pair[1]][0], count: 2), "\(pair)")
      #expect(try carriesToken(from: registry, to: router), "\(pair)")
    }
  }

  @Test func `a step that one end skips breaks something: the order is needed`() throws {
    for first in 0...3 {
      for second in 0...3 where !Self.reachable.contains([first, second]) {
        let registry = try keys(with: .messagingRouter, first)
        let router = try keys(with: .senderRegistry, second)
        let ways = [
          (try? shakeHands(.senderRegistry, registry, .messagingRouter, router)) ?? [],
          (try? shakeHands(.messagingRouter, router, .senderRegistry, registry)) ?? [],
        ]
        #expect(ways.contains([]), "\(first) and \(second)")
      }
    }
  }
}
