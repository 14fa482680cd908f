import Crypto
import Testing

@Suite struct RandomBytesTests {
  @Test(arguments: [0, 1, 24, 255, 256, 257, 512, 1000, 100_000])
  func `as many bytes come as were asked for`(_ count: Int) {
    #expect(RandomBytes.make(count).count == count)
  }

  /// Chance of a false alarm: 2^-128 for a pair, so none in the life of the machine.
  @Test func `no two draws are the same`() {
    let draws = (0..<1000).map { _ in RandomBytes.make(16) }
    #expect(Set(draws).count == draws.count)
  }

  /// A part the kernel never wrote would stay as it was. 64 equal bytes in a row at random: 2^-504.
  @Test func `every part of a long draw is filled`() {
    let bytes = RandomBytes.make(4096)
    for start in stride(from: 0, to: bytes.count, by: 64) {
      #expect(Set(bytes[start..<start + 64]).count > 1, "from byte \(start)")
    }
  }
}
