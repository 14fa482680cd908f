/// Turns the bytes of a number that was already checked into a value.
enum JSONNumber {
  /// Powers of ten that a `Double` holds exactly.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// The integer written by `-?[0-9]+`, or nil if `Value` cannot hold it.
  @inline(__always)
  static func integer<Value: FixedWidthInteger>(_ start: UnsafePointer<UInt8>, _ count: Int) -> Value? {
    let negative = start[0] == UInt8(ascii: "-")
    let digits = negative ? count - 1 : count
    // No leading zeros, so more than 20 digits exceed UInt64.
    guard digits <= 20 else { return nil }
    var magnitude: UInt64 = 0
    var at = negative ? 1 : 0
    let safe = min(count, at + 18)
    while at < safe {
      magnitude = magnitude &* 10 &+ UInt64(start[at] &- UInt8(ascii: "0"))
      at += 1
    }
    while at < count {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(start[at] &- UInt8(ascii: "0")))
      if overflow || carry { return nil }
      magnitude = sum
      at += 1
    }
    if !negative { return Value(exactly: magnitude) }
    if magnitude <= UInt64(Int64.max) { return Value(exactly: -Int64(magnitude)) }
    return magnitude == UInt64(Int64.max) + 1 ? Value(exactly: Int64.min) : nil
  }

  /// The nearest `Double`; infinite if there is none.
  static func double(_ start: UnsafePointer<UInt8>, _ count: Int) -> Double {
    // Up to 15 digits and a power up to 22 are exact in a Double, so one operation rounds once and correctly.
    let negative = start[0] == UInt8(ascii: "-")
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    var at = negative ? 1 : 0
    var inFraction = false
    scan: while at < count {
      switch start[at] {
      case UInt8(ascii: "."): inFraction = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits += 1
        if digits > 15 { return slow(start, count) }
        mantissa = mantissa &* 10 &+ UInt64(start[at] - UInt8(ascii: "0"))
        if inFraction { exponent -= 1 }
      default: break scan
      }
      at += 1
    }
    if at < count {
      at += 1
      let sign = start[at] == UInt8(ascii: "-") ? -1 : 1
      if start[at] == UInt8(ascii: "-") || start[at] == UInt8(ascii: "+") { at += 1 }
      guard count - at <= 3 else { return slow(start, count) }
      var written = 0
      while at < count {
        written = written * 10 + Int(start[at] - UInt8(ascii: "0"))
        at += 1
      }
      exponent += sign * written
    }
    guard abs(exponent) < powers.count else { return slow(start, count) }
    let value = exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
    return negative ? -value : value
  }

  /// The standard library's conversion, correct for every length and exponent.
  private static func slow(_ start: UnsafePointer<UInt8>, _ count: Int) -> Double {
    Double(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)) ?? .infinity
  }
}
