extension UInt32 {
  /// Rotation to the left by 1 to 31 bits; one instruction, since `count` is always a literal.
  @inline(__always)
  func rotatedLeft(_ count: UInt32) -> UInt32 {
    (self &<< count) | (self &>> (32 &- count))
  }

  /// Rotation to the right by 1 to 31 bits.
  @inline(__always)
  func rotatedRight(_ count: UInt32) -> UInt32 {
    (self &>> count) | (self &<< (32 &- count))
  }
}
