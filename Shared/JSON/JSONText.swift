/// Resolves the escapes of strings that were already checked.
enum JSONText {
  @inline(__always)
  static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// The UTF-8 bytes that the `count` bytes between two quotes stand for.
  static func unescaped(_ start: UnsafePointer<UInt8>, _ count: Int) -> [UInt8] {
    // Every escape is longer than what it stands for.
    [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      written = unescape(start, count, into: buffer)
    }
  }

  /// The string that the `count` bytes between two quotes stand for.
  static func string(_ start: UnsafePointer<UInt8>, _ count: Int) -> String {
    String(unsafeUninitializedCapacity: count) { unescape(start, count, into: $0) }
  }

  private static func unescape(
    _ start: UnsafePointer<UInt8>, _ count: Int, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    var written = 0
    var at = 0
    func put(_ byte: UInt8) {
      buffer[written] = byte
      written += 1
    }
    func unit(_ at: Int) -> UInt32 {
      var value: UInt32 = 0
      for offset in (at + 2)..<(at + 6) { value = value << 4 | (hexDigit(start[offset]) ?? 0) }
      return value
    }
    while at < count {
      guard start[at] == UInt8(ascii: "\\") else {
        put(start[at])
        at += 1
        continue
      }
      let letter = start[at + 1]
      guard letter == UInt8(ascii: "u") else {
        switch letter {
        case UInt8(ascii: "b"): put(0x08)
        case UInt8(ascii: "f"): put(0x0C)
        case UInt8(ascii: "n"): put(0x0A)
        case UInt8(ascii: "r"): put(0x0D)
        case UInt8(ascii: "t"): put(0x09)
        default: put(letter)
        }
        at += 2
        continue
      }
      var scalar = unit(at)
      at += 6
      if scalar & 0xFC00 == 0xD800 {
        scalar = 0x10000 + ((scalar & 0x3FF) << 10 | (unit(at) & 0x3FF))
        at += 6
      }
      switch scalar {
      case ..<0x80: put(UInt8(scalar))
      case ..<0x800:
        put(0xC0 | UInt8(scalar >> 6))
        put(0x80 | UInt8(scalar & 0x3F))
      case ..<0x10000:
        put(0xE0 | UInt8(scalar >> 12))
        put(0x80 | UInt8(scalar >> 6 & 0x3F))
        put(0x80 | UInt8(scalar & 0x3F))
      default:
        put(0xF0 | UInt8(scalar >> 18))
        put(0x80 | UInt8(scalar >> 12 & 0x3F))
        put(0x80 | UInt8(scalar >> 6 & 0x3F))
        put(0x80 | UInt8(scalar & 0x3F))
      }
    }
    return written
  }
}
