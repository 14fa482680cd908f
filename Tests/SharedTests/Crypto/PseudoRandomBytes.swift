/// Bytes that look random and are the same everywhere: Knuth's linear congruential generator, highest byte of each step.
enum PseudoRandomBytes {
  static func make(seed: Int, count: Int) -> [UInt8] {
    var state = UInt64(seed)
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
  }
}
