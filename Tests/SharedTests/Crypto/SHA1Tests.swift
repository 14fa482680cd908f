import Crypto
import Testing

@Suite struct SHA1Tests {
  /// FIPS 180-4 examples (NIST "SHA1.pdf") and the empty message.
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "a49b2446a02c645bf419f995b67091253a04a259"
    ),
  ])
  func `FIPS 180-4 examples`(_ message: String, _ digest: String) {
    #expect(Hex.encode(SHA1.hash(Array(message.utf8))) == digest)
  }

  @Test func `FIPS 180-4 one million times the letter a`() {
    var hasher = SHA1()
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    for _ in 0..<1000 { hasher.update(piece) }
    #expect(Hex.encode(hasher.finalize()) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
  }

  @Test func `a message cut at any byte gives the same hash`() {
    let message = PseudoRandomBytes.make(seed: 7, count: 200)
    let expected = SHA1.hash(message)
    for cut in 0...message.count {
      var hasher = SHA1()
      hasher.update(message[..<cut])
      hasher.update(message[cut...])
      #expect(hasher.finalize() == expected, "cut at \(cut)")
    }
  }
}
