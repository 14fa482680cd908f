package import Crypto
import Glibc

/// The keys of one service: one for each peer, two while a key is being replaced.
///
/// The file has one key a line, `<peer-service> <key-id> <base64 of 32 bytes>`; `#` starts a comment. A peer's first
/// line is the key this service proves itself with; every line is accepted from the peer. To replace a key without a
/// pause: add the new line second at both ends, move it first at both ends, remove the old one at both ends.
package struct PairKeys: Sendable {
  /// Live keys per peer.
  package static let keysPerPeer = 2
  private static let largestFile = 65_536

  private let keys: [PairKey]
  /// Proofs for unknown key ids are computed with this one, so that they take as long as wrong ones.
  let decoy = PairKey(id: "", peer: .anyone, secret: Secret(RandomBytes.make(32)))

  /// Reads the text of a key file.
  package init(parsing text: String) throws(PairKeysFailure) {
    var keys: [PairKey] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      if words.isEmpty { continue }
      do throws(Refusal) {
        keys.append(try Self.key(words.map { String($0) }, besides: keys))
      } catch {
        throw PairKeysFailure(line: index + 1, reason: error.reason)
      }
    }
    if keys.isEmpty { throw PairKeysFailure(line: nil, reason: "no key in it") }
    self.keys = keys
  }

  /// Reads a key file, which must be a regular file that nobody but its owner may read.
  package init(file path: String) throws(PairKeysFailure) {
    try self.init(parsing: try Self.read(path))
  }

  /// Every live key with `peer`, the one to dial with first.
  package func all(for peer: ServiceName) -> [PairKey] { keys.filter { $0.peer == peer } }

  /// The key this service proves itself with to `peer`.
  package func key(for peer: ServiceName) -> PairKey? { keys.first { $0.peer == peer } }

  /// The key a peer named.
  package func key(id: String) -> PairKey? { keys.first { $0.id == id } }

  /// Every peer with a key, in the order of the file.
  package var peers: [ServiceName] {
    keys.map(\.peer).reduce(into: []) { peers, peer in if !peers.contains(peer) { peers.append(peer) } }
  }

  /// A line with a fresh key; the other end's file gets the same id and key with this service's name.
  package static func makeLine(peer: ServiceName, keyID: String, key: Secret = Secret(RandomBytes.make(32))) -> String {
    "\(peer) \(keyID) \(Base64.encode(key.bytes))\n"
  }

  private struct Refusal: Error { let reason: String }

  private static func key(_ words: [String], besides others: [PairKey]) throws(Refusal) -> PairKey {
    guard words.count == 3 else { throw Refusal(reason: "expected <peer-service> <key-id> <base64 of 32 bytes>") }
    let peer = ServiceName(words[0])
    guard peer.isValid else { throw Refusal(reason: "the first word is not a service name") }
    guard isKeyID(words[1]) else { throw Refusal(reason: "the key id must be 1 to 64 of a-z 0-9 . _ -") }
    guard let secret = Base64.decode(words[2]), secret.count == 32 else {
      throw Refusal(reason: "the key must be the base64 of exactly 32 bytes")
    }
    if others.contains(where: { $0.id == words[1] }) { throw Refusal(reason: "key id \(words[1]) is there already") }
    if others.filter({ $0.peer == peer }).count == keysPerPeer {
      throw Refusal(reason: "\(peer) has \(keysPerPeer) keys already")
    }
    return PairKey(id: words[1], peer: peer, secret: Secret(secret))
  }

  static func isKeyID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }

  private static func read(_ path: String) throws(PairKeysFailure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw PairKeysFailure(line: nil, reason: "\(path) is not a regular file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw PairKeysFailure(line: nil, reason: "others may read \(path); make it private: chmod 600 \(path)")
    }
    guard status.st_size <= largestFile else {
      throw PairKeysFailure(line: nil, reason: "\(path) is larger than \(largestFile) bytes")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while bytes.count <= largestFile {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PairKeysFailure(line: nil, reason: "\(path) is not UTF-8 text")
    }
    return text
  }

  private static func unreadable(_ path: String) -> PairKeysFailure {
    PairKeysFailure(line: nil, reason: "cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
