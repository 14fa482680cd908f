/// The SHA-256 compression function (FIPS 180-4 §6.2.2).
///
/// The rounds are unrolled by sixteen over a rolling schedule held in local variables, and the constants are read
/// through a pointer: no allocation, no bounds check and no reference counting per block.
struct SHA256Core: CompressionCore {
  static let digestByteCount = 32

  private var h0: UInt32 = 0x6a09_e667
  private var h1: UInt32 = 0xbb67_ae85
  private var h2: UInt32 = 0x3c6e_f372
  private var h3: UInt32 = 0xa54f_f53a
  private var h4: UInt32 = 0x510e_527f
  private var h5: UInt32 = 0x9b05_688c
  private var h6: UInt32 = 0x1f83_d9ab
  private var h7: UInt32 = 0x5be0_cd19

  mutating func compress(_ blocks: UnsafeRawPointer, count: Int) {
    Self.roundConstants.withUnsafeBufferPointer { constants in
      guard let start = constants.baseAddress else { return }
      for block in 0..<count { compress(blocks + block &* 64, constants: start) }
    }
  }

  func store(to output: UnsafeMutableRawPointer) {
    output.storeBytes(of: h0.bigEndian, toByteOffset: 0, as: UInt32.self)
    output.storeBytes(of: h1.bigEndian, toByteOffset: 4, as: UInt32.self)
    output.storeBytes(of: h2.bigEndian, toByteOffset: 8, as: UInt32.self)
    output.storeBytes(of: h3.bigEndian, toByteOffset: 12, as: UInt32.self)
    output.storeBytes(of: h4.bigEndian, toByteOffset: 16, as: UInt32.self)
    output.storeBytes(of: h5.bigEndian, toByteOffset: 20, as: UInt32.self)
    output.storeBytes(of: h6.bigEndian, toByteOffset: 24, as: UInt32.self)
    output.storeBytes(of: h7.bigEndian, toByteOffset: 28, as: UInt32.self)
  }

  private mutating func compress(_ block: UnsafeRawPointer, constants: UnsafePointer<UInt32>) {
    var w0 = Self.word(0, of: block)
    var w1 = Self.word(1, of: block)
    var w2 = Self.word(2, of: block)
    var w3 = Self.word(3, of: block)
    var w4 = Self.word(4, of: block)
    var w5 = Self.word(5, of: block)
    var w6 = Self.word(6, of: block)
    var w7 = Self.word(7, of: block)
    var w8 = Self.word(8, of: block)
    var w9 = Self.word(9, of: block)
    var w10 = Self.word(10, of: block)
    var w11 = Self.word(11, of: block)
    var w12 = Self.word(12, of: block)
    var w13 = Self.word(13, of: block)
    var w14 = Self.word(14, of: block)
    var w15 = Self.word(15, of: block)
    var a = h0
    var b = h1
    var c = h2
    var d = h3
    var e = h4
    var f = h5
    var g = h6
    var h = h7

    Self.round(a, b, c, &d, e, f, g, &h, w0 &+ constants[0])
    Self.round(h, a, b, &c, d, e, f, &g, w1 &+ constants[1])
    Self.round(g, h, a, &b, c, d, e, &f, w2 &+ constants[2])
    Self.round(f, g, h, &a, b, c, d, &e, w3 &+ constants[3])
    Self.round(e, f, g, &h, a, b, c, &d, w4 &+ constants[4])
    Self.round(d, e, f, &g, h, a, b, &c, w5 &+ constants[5])
    Self.round(c, d, e, &f, g, h, a, &b, w6 &+ constants[6])
    Self.round(b, c, d, &e, f, g, h, &a, w7 &+ constants[7])
    Self.round(a, b, c, &d, e, f, g, &h, w8 &+ constants[8])
    Self.round(h, a, b, &c, d, e, f, &g, w9 &+ constants[9])
    Self.round(g, h, a, &b, c, d, e, &f, w10 &+ constants[10])
    Self.round(f, g, h, &a, b, c, d, &e, w11 &+ constants[11])
    Self.round(e, f, g, &h, a, b, c, &d, w12 &+ constants[12])
    Self.round(d, e, f, &g, h, a, b, &c, w13 &+ constants[13])
    Self.round(c, d, e, &f, g, h, a, &b, w14 &+ constants[14])
    Self.round(b, c, d, &e, f, g, h, &a, w15 &+ constants[15])

    var k = constants
    for _ in 0..<3 {
      k += 16
      Self.extend(&w0, w1, w9, w14)
      Self.round(a, b, c, &d, e, f, g, &h, w0 &+ k[0])
      Self.extend(&w1, w2, w10, w15)
      Self.round(h, a, b, &c, d, e, f, &g, w1 &+ k[1])
      Self.extend(&w2, w3, w11, w0)
      Self.round(g, h, a, &b, c, d, e, &f, w2 &+ k[2])
      Self.extend(&w3, w4, w12, w1)
      Self.round(f, g, h, &a, b, c, d, &e, w3 &+ k[3])
      Self.extend(&w4, w5, w13, w2)
      Self.round(e, f, g, &h, a, b, c, &d, w4 &+ k[4])
      Self.extend(&w5, w6, w14, w3)
      Self.round(d, e, f, &g, h, a, b, &c, w5 &+ k[5])
      Self.extend(&w6, w7, w15, w4)
      Self.round(c, d, e, &f, g, h, a, &b, w6 &+ k[6])
      Self.extend(&w7, w8, w0, w5)
      Self.round(b, c, d, &e, f, g, h, &a, w7 &+ k[7])
      Self.extend(&w8, w9, w1, w6)
      Self.round(a, b, c, &d, e, f, g, &h, w8 &+ k[8])
      Self.extend(&w9, w10, w2, w7)
      Self.round(h, a, b, &c, d, e, f, &g, w9 &+ k[9])
      Self.extend(&w10, w11, w3, w8)
      Self.round(g, h, a, &b, c, d, e, &f, w10 &+ k[10])
      Self.extend(&w11, w12, w4, w9)
      Self.round(f, g, h, &a, b, c, d, &e, w11 &+ k[11])
      Self.extend(&w12, w13, w5, w10)
      Self.round(e, f, g, &h, a, b, c, &d, w12 &+ k[12])
      Self.extend(&w13, w14, w6, w11)
      Self.round(d, e, f, &g, h, a, b, &c, w13 &+ k[13])
      Self.extend(&w14, w15, w7, w12)
      Self.round(c, d, e, &f, g, h, a, &b, w14 &+ k[14])
      Self.extend(&w15, w0, w8, w13)
      Self.round(b, c, d, &e, f, g, h, &a, w15 &+ k[15])
    }

    h0 &+= a
    h1 &+= b
    h2 &+= c
    h3 &+= d
    h4 &+= e
    h5 &+= f
    h6 &+= g
    h7 &+= h
  }

  @inline(__always)
  private static func word(_ index: Int, of block: UnsafeRawPointer) -> UInt32 {
    block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self).bigEndian
  }

  /// One step of the message schedule: the word of 16 rounds ago becomes the word of this round.
  @inline(__always)
  private static func extend(_ w0: inout UInt32, _ w1: UInt32, _ w9: UInt32, _ w14: UInt32) {
    let small0 = w1.rotatedRight(7) ^ w1.rotatedRight(18) ^ (w1 &>> 3)
    let small1 = w14.rotatedRight(17) ^ w14.rotatedRight(19) ^ (w14 &>> 10)
    w0 = w0 &+ small0 &+ w9 &+ small1
  }

  /// One round. Instead of moving eight values along, the caller renames them; only `d` and `h` change.
  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
    _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ input: UInt32
  ) {
    let big1 = e.rotatedRight(6) ^ e.rotatedRight(11) ^ e.rotatedRight(25)
    let choice = g ^ (e & (f ^ g))
    let first = h &+ big1 &+ choice &+ input
    let big0 = a.rotatedRight(2) ^ a.rotatedRight(13) ^ a.rotatedRight(22)
    let majority = (a & b) ^ (c & (a ^ b))
    d = d &+ first
    h = first &+ big0 &+ majority
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2).
  private static let roundConstants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
