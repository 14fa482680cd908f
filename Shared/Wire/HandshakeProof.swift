import Crypto

/// The text both sides prove their key with: the protocol's name, the prover's role, and both hellos as they were
/// on the wire, each with its length in front. The role keeps a challenge from being reflected; the hellos bind
/// everything that was negotiated.
enum HandshakeProof {
  enum Role: UInt8 {
    case initiator = 0x49  // I
    case acceptor = 0x41  // A
  }

  /// `initiator` and `acceptor` are the hellos' bodies.
  static func make(_ key: PairKey, _ role: Role, initiator: [UInt8], acceptor: [UInt8]) -> [UInt8] {
    key.code.authenticate([
      Array("wsrpc1".utf8), [role.rawValue], length(initiator), initiator, length(acceptor), acceptor,
    ])
  }

  private static func length(_ body: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) }
  }
}
