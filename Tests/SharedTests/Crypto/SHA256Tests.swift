import Crypto
import Testing

@Suite struct SHA256Tests {
  /// FIPS 180-4 examples (NIST "SHA256.pdf") and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func `FIPS 180-4 examples`(_ message: String, _ digest: String) {
    #expect(Hex.encode(SHA256.hash(Array(message.utf8))) == digest)
  }

  @Test func `FIPS 180-4 one million times the letter a, in pieces of changing size`() {
    var hasher = SHA256()
    var left = 1_000_000
    var piece = 1
    while left > 0 {
      let count = min(piece, left)
      hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
      left -= count
      piece = (piece * 3) % 4099 + 1
    }
    #expect(Hex.encode(hasher.finalize()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func `a message cut at any byte gives the same hash`() {
    let message = PseudoRandomBytes.make(seed: 7, count: 200)
    let expected = SHA256.hash(message)
    for cut in 0...message.count {
      var hasher = SHA256()
      hasher.update(message[..<cut])
      hasher.update(message[cut...])
      #expect(hasher.finalize() == expected, "cut at \(cut)")
    }
  }

  @Test func `a message cut at any two bytes gives the same hash`() {
    let message = PseudoRandomBytes.make(seed: 8, count: 131)
    let expected = SHA256.hash(message)
    for first in stride(from: 0, through: message.count, by: 3) {
      for second in first...message.count {
        var hasher = SHA256()
        hasher.update(message[..<first])
        hasher.update(message[first..<second])
        hasher.update(message[second...])
        #expect(hasher.finalize() == expected, "cut at \(first) and \(second)")
      }
    }
  }

  @Test func `the hash so far can be asked for and more appended`() {
    var hasher = SHA256()
    hasher.update(Array("ab".utf8))
    #expect(hasher.finalize() == SHA256.hash(Array("ab".utf8)))
    hasher.update(Array("c".utf8))
    #expect(hasher.finalize() == SHA256.hash(Array("abc".utf8)))
  }

  @Test func `a copy goes on alone`() {
    var hasher = SHA256()
    hasher.update(Array("ab".utf8))
    var copy = hasher
    copy.update(Array("X".utf8))
    hasher.update(Array("c".utf8))
    #expect(hasher.finalize() == SHA256.hash(Array("abc".utf8)))
    #expect(copy.finalize() == SHA256.hash(Array("abX".utf8)))
  }

  @Test func `a piece that is not aligned in memory hashes the same`() {
    let bytes = PseudoRandomBytes.make(seed: 9, count: 300)
    bytes.withUnsafeBytes { all in
      for offset in 0..<9 {
        var hasher = SHA256()
        hasher.update(UnsafeRawBufferPointer(rebasing: all[offset..<offset + 250]))
        #expect(hasher.finalize() == SHA256.hash(Array(bytes[offset..<offset + 250])))
      }
    }
  }
}
