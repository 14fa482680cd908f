import Crypto
import Testing

@Suite struct ConstantTimeTests {
  @Test func `bytes equal themselves and nothing that differs in one bit`() {
    let bytes = PseudoRandomBytes.make(seed: 1, count: 40)
    #expect(constantTimeEquals(bytes, Array(bytes)))
    #expect(constantTimeEquals([], []))
    for index in bytes.indices {
      for bit in 0..<8 {
        var other = bytes
        other[index] ^= 1 << bit
        #expect(!constantTimeEquals(bytes, other))
        #expect(!constantTimeEquals(other, bytes))
      }
    }
  }

  @Test func `bytes of another length are never equal`() {
    #expect(!constantTimeEquals([1], []))
    #expect(!constantTimeEquals([], [0]))
    #expect(!constantTimeEquals([1, 2], [1, 2, 0]))
    #expect(!constantTimeEquals([1, 2, 0], [1, 2]))
  }
}
