/// 32 bits that differ for most different names: compared before the bytes are.
///
/// Not a defence against chosen collisions: whoever relies on it compares the bytes afterwards.
@inline(__always)
func jsonFingerprint(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
  let raw = UnsafeRawPointer(start)
  var first: UInt64
  var last: UInt64
  if count >= 8 {
    first = raw.loadUnaligned(as: UInt64.self)
    last = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
  } else if count >= 4 {
    first = UInt64(raw.loadUnaligned(as: UInt32.self))
    last = UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
  } else if count > 0 {
    first = UInt64(start[0]) | UInt64(start[count / 2]) << 8
    last = UInt64(start[count - 1])
  } else {
    first = 0
    last = 0
  }
  // Odd constants from the golden ratio and its neighbours: any odd multiplier that spreads the low bits upwards does.
  first = (first ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
  last = last &* 0xC2B2_AE3D_27D4_EB4F
  return UInt32(truncatingIfNeeded: (first ^ (last >> 29) ^ (last << 35)) >> 32)
}
