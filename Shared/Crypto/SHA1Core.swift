/// The SHA-1 compression function (FIPS 180-4 §6.1.2), written plainly: it is not on a hot path.
struct SHA1Core: CompressionCore {
  static let digestByteCount = 20

  private var h0: UInt32 = 0x6745_2301
  private var h1: UInt32 = 0xefcd_ab89
  private var h2: UInt32 = 0x98ba_dcfe
  private var h3: UInt32 = 0x1032_5476
  private var h4: UInt32 = 0xc3d2_e1f0

  mutating func compress(_ blocks: UnsafeRawPointer, count: Int) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { schedule in
      for block in 0..<count { compress(blocks + block * 64, schedule: schedule) }
    }
  }

  func store(to output: UnsafeMutableRawPointer) {
    output.storeBytes(of: h0.bigEndian, toByteOffset: 0, as: UInt32.self)
    output.storeBytes(of: h1.bigEndian, toByteOffset: 4, as: UInt32.self)
    output.storeBytes(of: h2.bigEndian, toByteOffset: 8, as: UInt32.self)
    output.storeBytes(of: h3.bigEndian, toByteOffset: 12, as: UInt32.self)
    output.storeBytes(of: h4.bigEndian, toByteOffset: 16, as: UInt32.self)
  }

  private mutating func compress(_ block: UnsafeRawPointer, schedule w: UnsafeMutableBufferPointer<UInt32>) {
    for t in 0..<16 { w[t] = block.loadUnaligned(fromByteOffset: t * 4, as: UInt32.self).bigEndian }
    for t in 16..<80 { w[t] = (w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotatedLeft(1) }
    var a = h0
    var b = h1
    var c = h2
    var d = h3
    var e = h4
    for t in 0..<80 {
      let next = a.rotatedLeft(5) &+ Self.mix(t, b, c, d) &+ e &+ w[t]
      e = d
      d = c
      c = b.rotatedLeft(30)
      b = a
      a = next
    }
    h0 &+= a
    h1 &+= b
    h2 &+= c
    h3 &+= d
    h4 &+= e
  }

  /// The round function and constant of round `t` (FIPS 180-4 §4.1.1 and §4.2.1).
  private static func mix(_ t: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> UInt32 {
    switch t {
    case 0..<20: ((b & c) ^ (~b & d)) &+ 0x5a82_7999
    case 20..<40: (b ^ c ^ d) &+ 0x6ed9_eba1
    case 40..<60: ((b & c) ^ (b & d) ^ (c & d)) &+ 0x8f1b_bcdc
    default: (b ^ c ^ d) &+ 0xca62_c1d6
    }
  }
}
