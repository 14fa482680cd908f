/// The Poly1305 one-time message code (RFC 8439 §2.5). A building block: a key must never see two messages.
///
/// Arithmetic modulo 2^130 - 5 on five limbs of 26 bits, so that no product or sum leaves 64 bits and no step depends
/// on the values.
package struct Poly1305 {
  /// Bytes in a one-time key.
  package static let keyByteCount = 32

  /// Bytes in the code.
  package static let tagByteCount = 16

  private static let limbMask: UInt64 = (1 << 26) - 1

  private let r: (UInt64, UInt64, UInt64, UInt64, UInt64)
  private let s: UInt128
  private var h: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
  private var tail: UInt128 = 0
  private var tailCount = 0

  /// A code under the one-time `key` of 32 bytes.
  package init(key: [UInt8]) {
    precondition(key.count == Self.keyByteCount, "Poly1305 takes a key of 32 bytes")
    var r: UInt128 = 0
    var s: UInt128 = 0
    for index in (0..<16).reversed() {
      r = r << 8 | UInt128(key[index])
      s = s << 8 | UInt128(key[16 + index])
    }
    r &= 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff
    self.r = Self.limbs(r, top: 0)
    self.s = s
  }

  /// Appends `bytes` to the message.
  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { bytes in
      var next = 0
      while next < bytes.count, tailCount > 0 || bytes.count - next < 16 {
        append(bytes[next])
        next += 1
      }
      while bytes.count - next >= 16 {
        let block = bytes.loadUnaligned(fromByteOffset: next, as: UInt128.self)
        absorb(UInt128(littleEndian: block), top: 1 << 24)
        next += 16
      }
      while next < bytes.count {
        append(bytes[next])
        next += 1
      }
    }
  }

  /// Appends `bytes` to the message.
  package mutating func update(_ bytes: [UInt8]) {
    update(bytes[...])
  }

  /// Fills the message up with zero bytes to a multiple of 16 (RFC 8439 §2.8).
  mutating func padToBlock() {
    while tailCount > 0 { append(0) }
  }

  /// The 16-byte code of the message so far.
  package func finalize() -> [UInt8] {
    var last = self
    if tailCount > 0 { last.absorb(tail | 1 << UInt128(tailCount * 8), top: 0) }
    let tag = (last.reduced() &+ s).littleEndian
    return withUnsafeBytes(of: tag) { Array($0) }
  }

  private mutating func append(_ byte: UInt8) {
    tail |= UInt128(byte) << UInt128(tailCount * 8)
    tailCount += 1
    if tailCount == 16 {
      absorb(tail, top: 1 << 24)
      tail = 0
      tailCount = 0
    }
  }

  /// h = (h + block) * r, carried so that every limb is back near 26 bits. `top` is the bit after a whole block.
  private mutating func absorb(_ block: UInt128, top: UInt64) {
    let m = Self.limbs(block, top: top)
    let (h0, h1, h2, h3, h4) = (h.0 &+ m.0, h.1 &+ m.1, h.2 &+ m.2, h.3 &+ m.3, h.4 &+ m.4)
    let (r0, r1, r2, r3, r4) = r
    // What leaves limb 4 comes back times five: 2^130 = 5 modulo the prime.
    let (v1, v2, v3, v4) = (r1 &* 5, r2 &* 5, r3 &* 5, r4 &* 5)
    var d0 = h0 &* r0 &+ h1 &* v4
    d0 = d0 &+ h2 &* v3 &+ h3 &* v2
    d0 = d0 &+ h4 &* v1
    var d1 = h0 &* r1 &+ h1 &* r0
    d1 = d1 &+ h2 &* v4 &+ h3 &* v3
    d1 = d1 &+ h4 &* v2
    var d2 = h0 &* r2 &+ h1 &* r1
    d2 = d2 &+ h2 &* r0 &+ h3 &* v4
    d2 = d2 &+ h4 &* v3
    var d3 = h0 &* r3 &+ h1 &* r2
    d3 = d3 &+ h2 &* r1 &+ h3 &* r0
    d3 = d3 &+ h4 &* v4
    var d4 = h0 &* r4 &+ h1 &* r3
    d4 = d4 &+ h2 &* r2 &+ h3 &* r1
    d4 = d4 &+ h4 &* r0
    h = Self.carried((d0, d1, d2, d3, d4))
  }

  /// The accumulator's true remainder, of which the code uses the low 128 bits.
  private func reduced() -> UInt128 {
    let h = Self.carried(Self.carried(h))
    // h + 5 reaches bit 130 exactly when h >= 2^130 - 5, and is then the remainder.
    var g = h
    g.0 &+= 5
    g.1 &+= g.0 &>> 26
    g.2 &+= g.1 &>> 26
    g.3 &+= g.2 &>> 26
    g.4 &+= g.3 &>> 26
    g = (g.0 & Self.limbMask, g.1 & Self.limbMask, g.2 & Self.limbMask, g.3 & Self.limbMask, g.4)
    let over = 0 &- (g.4 &>> 26)
    return Self.packed(
      (
        Self.select(over, g.0, h.0), Self.select(over, g.1, h.1), Self.select(over, g.2, h.2),
        Self.select(over, g.3, h.3), Self.select(over, g.4 & Self.limbMask, h.4)
      ))
  }

  private static func select(_ mask: UInt64, _ chosen: UInt64, _ other: UInt64) -> UInt64 {
    (chosen & mask) | (other & ~mask)
  }

  private static func carried(
    _ d: (UInt64, UInt64, UInt64, UInt64, UInt64)
  ) -> (UInt64, UInt64, UInt64, UInt64, UInt64) {
    let d1 = d.1 &+ d.0 &>> 26
    let d2 = d.2 &+ d1 &>> 26
    let d3 = d.3 &+ d2 &>> 26
    let d4 = d.4 &+ d3 &>> 26
    let d0 = (d.0 & limbMask) &+ (d4 &>> 26) &* 5
    return (d0 & limbMask, (d1 & limbMask) &+ d0 &>> 26, d2 & limbMask, d3 & limbMask, d4 & limbMask)
  }

  private static func limbs(_ value: UInt128, top: UInt64) -> (UInt64, UInt64, UInt64, UInt64, UInt64) {
    let low = UInt64(truncatingIfNeeded: value)
    let high = UInt64(truncatingIfNeeded: value >> 64)
    return (
      low & limbMask, (low &>> 26) & limbMask, ((low &>> 52) | (high &<< 12)) & limbMask,
      (high &>> 14) & limbMask, (high &>> 40) | top
    )
  }

  private static func packed(_ limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)) -> UInt128 {
    // Added, not joined: limb 1 may still hold one bit too many. Bits from 128 on fall off, as they should.
    UInt128(limbs.0) &+ UInt128(limbs.1) << 26 &+ UInt128(limbs.2) << 52
      &+ UInt128(limbs.3) << 78 &+ UInt128(limbs.4) << 104
  }
}
