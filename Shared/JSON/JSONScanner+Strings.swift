extension JSONScanner {
  /// Reads a string from its opening quote to after its closing one; `true` if it contains an escape.
  @inline(__always)
  mutating func scanString() throws(JSONFailure) -> Bool {
    var at = position + 1
    var escaped = false
    while true {
      at = Self.skipPlain(base, at, end)
      guard at < end else { throw failure(.unexpectedEnd, at: end) }
      let byte = base[at]
      if byte == UInt8(ascii: "\"") {
        position = at + 1
        return escaped
      }
      if byte == UInt8(ascii: "\\") {
        escaped = true
        at = try afterEscape(at)
      } else if byte < 0x20 {
        throw failure(.controlCharacter, at: at)
      } else if byte >= 0x80 {
        at = try afterMultibyte(at)
      } else {
        at += 1
      }
    }
  }

  /// The offset of the first byte from `at` that needs a look: quote, backslash, control, not ASCII. Eight at a time;
  /// near the end of the document the offset itself.
  @inline(__always)
  private static func skipPlain(_ base: UnsafePointer<UInt8>, _ from: Int, _ end: Int) -> Int {
    var at = from
    let ones: UInt64 = 0x0101_0101_0101_0101
    while at + 8 <= end {
      let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
      // A byte's top bit ends up set if the byte is wanted. Borrows can only disturb bytes above the first wanted one.
      let quote = word ^ (ones &* 0x22)
      let slash = word ^ (ones &* 0x5C)
      let found =
        (((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | (word &- ones &* 0x20) | word) & (ones &* 0x80)
      if found != 0 { return at + found.trailingZeroBitCount / 8 }
      at += 8
    }
    return at
  }

  /// The offset after the escape whose backslash is at `at`; a surrogate pair counts as one escape.
  private func afterEscape(_ at: Int) throws(JSONFailure) -> Int {
    guard at + 1 < end else { throw failure(.unexpectedEnd, at: end) }
    switch base[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return at + 2
    case UInt8(ascii: "u"): break
    default: throw failure(.invalidEscape, at: at)
    }
    let unit = try hexUnit(at)
    if unit & 0xF800 != 0xD800 { return at + 6 }
    guard unit < 0xDC00 else { throw failure(.loneSurrogate, at: at) }
    let second = at + 6
    guard second < end else { throw failure(.unexpectedEnd, at: end) }
    guard base[second] == UInt8(ascii: "\\") else { throw failure(.loneSurrogate, at: at) }
    guard second + 1 < end else { throw failure(.unexpectedEnd, at: end) }
    guard base[second + 1] == UInt8(ascii: "u") else { throw failure(.loneSurrogate, at: at) }
    guard try hexUnit(second) & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate, at: at) }
    return at + 12
  }

  /// The four digits of the `\u` escape at `at`.
  private func hexUnit(_ at: Int) throws(JSONFailure) -> UInt32 {
    var unit: UInt32 = 0
    for offset in (at + 2)..<(at + 6) {
      guard offset < end else { throw failure(.unexpectedEnd, at: end) }
      guard let digit = JSONText.hexDigit(base[offset]) else { throw failure(.invalidEscape, at: at) }
      unit = unit << 4 | digit
    }
    return unit
  }

  /// The offset after the UTF-8 sequence at `at`, whose first byte is not ASCII (Unicode table 3-7).
  private func afterMultibyte(_ at: Int) throws(JSONFailure) -> Int {
    let lead = base[at]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)  // below: overlong
    case 0xED: (length, second) = (3, 0x80...0x9F)  // above: surrogates
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)  // below: overlong
    case 0xF4: (length, second) = (4, 0x80...0x8F)  // above: past U+10FFFF
    case 0xF1...0xF3: length = 4
    default: throw failure(.invalidUTF8, at: at)
    }
    guard at + length <= end, second.contains(base[at + 1]) else { throw failure(.invalidUTF8, at: at) }
    for offset in 2..<max(length, 2) where base[at + offset] & 0xC0 != 0x80 { throw failure(.invalidUTF8, at: at) }
    return at + length
  }
}
