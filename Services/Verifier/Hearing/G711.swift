/// The telephone network's two codes for samples, as 16-bit values (ITU-T G.711).
enum G711 {
  /// Value by code byte.
  static let muLaw: [Int16] = (0...255).map { code in
    let bits = ~code & 0xFF
    let magnitude = ((bits & 0x0F) << 3 + 0x84) << (bits >> 4 & 7) - 0x84
    return Int16(bits & 0x80 == 0 ? magnitude : -magnitude)
  }

  /// Value by code byte.
  static let aLaw: [Int16] = (0...255).map { code in
    let bits = code ^ 0x55
    let segment = bits >> 4 & 7
    let base = (bits & 0x0F) << 4 + 8
    let magnitude = segment == 0 ? base : (base + 0x100) << (segment - 1)
    return Int16(bits & 0x80 == 0 ? -magnitude : magnitude)
  }
}
