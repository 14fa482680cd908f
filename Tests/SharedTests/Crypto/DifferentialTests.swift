import Crypto
import Testing

/// Hundreds of random inputs against another implementation, where published vectors leave lengths untried.
@Suite struct DifferentialTests {
  @Test func `SHA-256 agrees on every length up to 1024 bytes`() {
    var all = SHA256()
    for count in 0...1024 { all.update(SHA256.hash(PseudoRandomBytes.make(seed: count, count: count))) }
    #expect(Hex.encode(all.finalize()) == DifferentialCases.everySHA256)
  }

  @Test func `SHA-1 agrees on every length up to 1024 bytes`() {
    var all = SHA256()
    for count in 0...1024 { all.update(SHA1.hash(PseudoRandomBytes.make(seed: count, count: count))) }
    #expect(Hex.encode(all.finalize()) == DifferentialCases.everySHA1)
  }

  @Test func `HMAC-SHA256 agrees on keys and messages of many lengths`() {
    for (row, lengths, expected) in Self.rows(DifferentialCases.hmacSHA256) {
      let key = PseudoRandomBytes.make(seed: 2 * row + 1, count: lengths[0])
      let message = PseudoRandomBytes.make(seed: 2 * row + 2, count: lengths[1])
      #expect(Hex.encode(HMACSHA256.authenticate(message, key: key)) == expected, "row \(row)")
    }
  }

  @Test func `HMAC-SHA1 agrees on keys and messages of many lengths`() {
    for (row, lengths, expected) in Self.rows(DifferentialCases.hmacSHA1) {
      let key = PseudoRandomBytes.make(seed: 2 * row + 1, count: lengths[0])
      let message = PseudoRandomBytes.make(seed: 2 * row + 2, count: lengths[1])
      #expect(Hex.encode(HMACSHA1.authenticate(message, key: key)) == expected, "row \(row)")
    }
  }

  @Test func `HKDF agrees on many lengths`() {
    for (row, lengths, expected) in Self.rows(DifferentialCases.hkdfSHA256) {
      let output = HKDFSHA256.derive(
        secret: PseudoRandomBytes.make(seed: 3 * row + 1, count: lengths[0]),
        salt: PseudoRandomBytes.make(seed: 3 * row + 2, count: lengths[1]),
        info: PseudoRandomBytes.make(seed: 3 * row + 3, count: lengths[2]), count: lengths[3])
      #expect(Hex.encode(SHA256.hash(output)).hasPrefix(expected), "row \(row)")
      #expect(output.count == lengths[3])
    }
  }

  @Test func `ChaCha20-Poly1305 agrees on texts and associated bytes of many lengths`() throws {
    for (row, lengths, expected) in Self.rows(DifferentialCases.chaCha20Poly1305) {
      let input = Self.input(row, lengths, nonceCount: 12)
      let sealed = try ChaCha20Poly1305.seal(
        input.text, key: input.key, nonce: input.nonce, associated: input.associated)
      #expect(Hex.encode(SHA256.hash(sealed)).hasPrefix(expected), "row \(row)")
      let opened = try ChaCha20Poly1305.open(
        sealed, key: input.key, nonce: input.nonce, associated: input.associated)
      #expect(opened == input.text, "row \(row)")
    }
  }

  @Test func `XChaCha20-Poly1305 agrees on texts and associated bytes of many lengths`() throws {
    for (row, lengths, expected) in Self.rows(DifferentialCases.xChaCha20Poly1305) {
      let input = Self.input(row, lengths, nonceCount: 24)
      let sealed = try XChaCha20Poly1305.seal(
        input.text, key: input.key, nonce: input.nonce, associated: input.associated)
      #expect(Hex.encode(SHA256.hash(sealed)).hasPrefix(expected), "row \(row)")
      let opened = try XChaCha20Poly1305.open(
        sealed, key: input.key, nonce: input.nonce, associated: input.associated)
      #expect(opened == input.text, "row \(row)")
    }
  }

  @Test func `the committed answers are all there`() {
    #expect(Self.rows(DifferentialCases.hmacSHA256).count == 110)
    #expect(Self.rows(DifferentialCases.hmacSHA1).count == 80)
    #expect(Self.rows(DifferentialCases.hkdfSHA256).count == 30)
    #expect(Self.rows(DifferentialCases.chaCha20Poly1305).count == 70)
    #expect(Self.rows(DifferentialCases.xChaCha20Poly1305).count == 70)
  }

  private static func rows(_ text: String) -> [(row: Int, lengths: [Int], expected: String)] {
    text.split(separator: "\n").enumerated().map { row, line in
      let words = line.split(separator: " ")
      return (row, words.dropLast().compactMap { Int($0) }, String(words[words.count - 1]))
    }
  }

  private static func input(
    _ row: Int, _ lengths: [Int], nonceCount: Int
  ) -> (key: [UInt8], nonce: [UInt8], associated: [UInt8], text: [UInt8]) {
    (
      PseudoRandomBytes.make(seed: 4 * row + 1, count: 32),
      PseudoRandomBytes.make(seed: 4 * row + 2, count: nonceCount),
      PseudoRandomBytes.make(seed: 4 * row + 3, count: lengths[0]),
      PseudoRandomBytes.make(seed: 4 * row + 4, count: lengths[1])
    )
  }
}
