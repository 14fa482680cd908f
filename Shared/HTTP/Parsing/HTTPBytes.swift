/// Character classes of RFC 9110 and RFC 3986 as bit masks, so that the parser needs no tables in memory.
enum HTTPBytes {
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let tab: UInt8 = 0x09
  static let colon: UInt8 = 0x3A

  /// `tchar`: methods and field names.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool { has(0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe, byte) }

  /// What a path may hold: `pchar`, "/", "%", and "[", "]", "|", which browsers send as they are.
  @inline(__always)
  static func isPath(_ byte: UInt8) -> Bool { has(0x2fff_fff2_0000_0000, 0x57ff_fffe_afff_ffff, byte) }

  /// What a query may hold: the visible characters but quotes, angle brackets and "#".
  @inline(__always)
  static func isQuery(_ byte: UInt8) -> Bool { has(0xafff_fff2_0000_0000, 0x7fff_ffff_ffff_ffff, byte) }

  /// `reg-name` of an authority.
  @inline(__always)
  static func isHostName(_ byte: UInt8) -> Bool { has(0x2bff_7ff2_0000_0000, 0x47ff_fffe_87ff_fffe, byte) }

  /// What a field value may hold: visible, blank, tab and the old "obs-text" above ASCII.
  @inline(__always)
  static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == tab }

  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

  /// The value of a hexadecimal digit.
  @inline(__always)
  static func hexValue(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte &- 0x30 }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter + 10 : nil
  }

  @inline(__always)
  private static func has(_ low: UInt64, _ high: UInt64, _ byte: UInt8) -> Bool {
    if byte >= 128 { return false }
    return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
  }
}
