import Crypto
import Testing

@Suite struct Poly1305Tests {
  @Test func `RFC 8439 section 2.5.2`() {
    let key = vectorBytes("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    #expect(Self.code(key, Array("Cryptographic Forum Research Group".utf8)) == "a8061dc1305136c6c22b8baf0c0127a9")
  }

  @Test func `RFC 8439 appendix A.3 number 1, everything zero`() {
    #expect(Self.code(zeroBytes(32), zeroBytes(64)) == "00000000000000000000000000000000")
  }

  @Test func `RFC 8439 appendix A.3 number 2, r is zero`() {
    let key = zeroBytes(16) + vectorBytes("36e5f6b5c5e06070f0efca96227a863e")
    #expect(Self.code(key, PublishedTexts.contribution) == "36e5f6b5c5e06070f0efca96227a863e")
  }

  @Test func `RFC 8439 appendix A.3 number 3, s is zero`() {
    let key = vectorBytes("36e5f6b5c5e06070f0efca96227a863e") + zeroBytes(16)
    #expect(Self.code(key, PublishedTexts.contribution) == "f3477e7cd95417af89a6b8794c310cf0")
  }

  @Test func `RFC 8439 appendix A.3 number 4, a last block that is not full`() {
    let key = vectorBytes("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0")
    #expect(Self.code(key, PublishedTexts.jabberwocky) == "4541669a7eaaee61e708dc7cbcc5eb62")
  }

  @Test func `RFC 8439 appendix A.3 number 5, a remainder that is not fully reduced`() {
    #expect(
      Self.code([2] + zeroBytes(31), vectorBytes("ffffffffffffffffffffffffffffffff"))
        == "03000000000000000000000000000000")
  }

  @Test func `RFC 8439 appendix A.3 number 6, adding s overflows`() {
    let key = [2] + zeroBytes(15) + vectorBytes("ffffffffffffffffffffffffffffffff")
    #expect(Self.code(key, [2] + zeroBytes(15)) == "03000000000000000000000000000000")
  }

  @Test func `RFC 8439 appendix A.3 number 7, limbs of ones carry`() {
    let message =
      vectorBytes("ffffffffffffffffffffffffffffffff f0ffffffffffffffffffffffffffffff") + [0x11] + zeroBytes(15)
    #expect(Self.code([1] + zeroBytes(31), message) == "05000000000000000000000000000000")
  }

  @Test func `RFC 8439 appendix A.3 number 8, the remainder of the prime itself`() {
    let message = vectorBytes(
      "ffffffffffffffffffffffffffffffff fbfefefefefefefefefefefefefefefe 01010101010101010101010101010101")
    #expect(Self.code([1] + zeroBytes(31), message) == "00000000000000000000000000000000")
  }

  @Test func `RFC 8439 appendix A.3 number 9, one below the prime`() {
    #expect(
      Self.code([2] + zeroBytes(31), vectorBytes("fdffffffffffffffffffffffffffffff"))
        == "faffffffffffffffffffffffffffffff")
  }

  @Test func `RFC 8439 appendix A.3 number 10, 131 bits on the way`() {
    let message =
      vectorBytes("e33594d7505e43b90000000000000000 3394d7505e4379cd0100000000000000") + zeroBytes(16) + [1]
      + zeroBytes(15)
    #expect(Self.code(Self.sparseKey, message) == "14000000000000005500000000000000")
  }

  @Test func `RFC 8439 appendix A.3 number 11, 131 bits at the end`() {
    let message = vectorBytes("e33594d7505e43b90000000000000000 3394d7505e4379cd0100000000000000") + zeroBytes(16)
    #expect(Self.code(Self.sparseKey, message) == "13000000000000000000000000000000")
  }

  @Test func `a message cut at any byte gives the same code`() {
    let key = PseudoRandomBytes.make(seed: 5, count: 32)
    let message = PseudoRandomBytes.make(seed: 6, count: 83)
    let expected = Self.code(key, message)
    for cut in 0...message.count {
      var code = Poly1305(key: key)
      code.update(message[..<cut])
      code.update(message[cut...])
      #expect(Hex.encode(code.finalize()) == expected, "cut at \(cut)")
    }
  }

  private static let sparseKey = [1] + zeroBytes(7) + [4] + zeroBytes(23)

  private static func code(_ key: [UInt8], _ message: [UInt8]) -> String {
    var code = Poly1305(key: key)
    code.update(message)
    return Hex.encode(code.finalize())
  }
}
