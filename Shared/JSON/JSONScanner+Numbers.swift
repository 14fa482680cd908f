extension JSONScanner {
  /// Reads a number (RFC 8259 §6) and says whether it is written as an integer.
  @inline(__always)
  mutating func scanNumber() throws(JSONFailure) -> UInt32 {
    let start = position
    var at = position
    if base[at] == UInt8(ascii: "-") { at += 1 }
    guard at < end else { throw failure(.unexpectedEnd, at: end) }
    if base[at] == UInt8(ascii: "0") {
      at += 1
      // A leading zero: "01" is not one then two, it is refused.
      if at < end, isDigit(base[at]) { throw failure(.invalidNumber, at: start) }
    } else {
      at = try afterDigits(at, of: start)
    }
    var tag = Tag.integer
    if at < end, base[at] == UInt8(ascii: ".") {
      tag = Tag.decimal
      at = try afterDigits(at + 1, of: start)
    }
    var longExponent = false
    if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
      tag = Tag.decimal
      at += 1
      if at < end, base[at] == UInt8(ascii: "+") || base[at] == UInt8(ascii: "-") { at += 1 }
      let digits = at
      at = try afterDigits(at, of: start)
      longExponent = at - digits > 2
    }
    guard at - start <= limits.bytesPerNumber else {
      throw failure(.numberTooLong(limit: limits.bytesPerNumber), at: start)
    }
    // Only these can be too large for a Double; the others need not be converted to know.
    if longExponent || at - start > 200, !JSONNumber.double(base + start, at - start).isFinite {
      throw failure(.numberOutOfRange, at: start)
    }
    position = at
    return tag
  }

  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

  @inline(__always)
  private func afterDigits(_ from: Int, of start: Int) throws(JSONFailure) -> Int {
    guard from < end else { throw failure(.unexpectedEnd, at: end) }
    guard isDigit(base[from]) else { throw failure(.invalidNumber, at: start) }
    var at = from + 1
    while at < end, isDigit(base[at]) { at += 1 }
    return at
  }
}
