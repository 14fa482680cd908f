/// Reads a phone number the way people type, paste and print it. A parser: it knows characters, no countries but one
/// rule, the zero in `+44 (0)20`.
struct TypedPhoneNumber {
  /// Longer input is no phone number, whatever is dropped from it.
  static let maximumCharacters = 64

  private var kept = ""
  private var hasPlus = false
  /// Digits before a zero that stood alone in parentheses.
  private var trunkZeroAt: Int?
  private var openedAt: Int?

  private static let onlyDigits = ValueFailure(
    "a phone number has digits, spaces, dashes and parentheses only, for example +1 415 555 0123")

  mutating func read(_ input: String) throws(ValueFailure) {
    guard input.unicodeScalars.count <= Self.maximumCharacters else { throw Self.onlyDigits }
    // RFC 3966 links, as copied from web pages.
    let start = input.lowercased().hasPrefix("tel:") ? input.dropFirst(4) : input[...]
    for scalar in start.unicodeScalars { try read(scalar) }
  }

  private mutating func read(_ scalar: Unicode.Scalar) throws(ValueFailure) {
    if let digit = Self.digit(scalar) {
      kept.append(digit)
      return
    }
    switch scalar {
    case "+", "\u{FF0B}":
      guard kept.isEmpty, !hasPlus else { throw ValueFailure("the + of a phone number stands once, at its start") }
      hasPlus = true
    case "(", "\u{FF08}":
      openedAt = kept.count
    case ")", "\u{FF09}":
      if let openedAt, openedAt > 0, kept.dropFirst(openedAt) == "0", trunkZeroAt == nil { trunkZeroAt = openedAt }
      openedAt = nil
    default:
      guard Self.isFiller(scalar) else { throw Self.onlyDigits }
    }
  }

  /// E.164 digits without the `+`.
  func digits() throws(ValueFailure) -> String {
    var (digits, hasPlus, trunkZeroAt) = (kept, hasPlus, trunkZeroAt)
    if !hasPlus, digits.hasPrefix("00") {
      digits.removeFirst(2)
      trunkZeroAt = trunkZeroAt.map { $0 - 2 }
      hasPlus = true
    }
    guard hasPlus else {
      throw ValueFailure(
        digits.isEmpty
          ? "a phone number is missing, for example +1 415 555 0123"
          : "add the country code: a phone number starts with + and its country code, for example +1 415 555 0123")
    }
    if let trunkZeroAt, trunkZeroAt > 0, CountryNumbering.of(digits: digits)?.trunkPrefix == "0" {
      digits.remove(at: digits.index(digits.startIndex, offsetBy: trunkZeroAt))
    }
    guard (7...15).contains(digits.count), !digits.hasPrefix("0") else {
      throw ValueFailure(
        "a phone number has 7 to 15 digits after the + and no leading zero, for example +1 415 555 0123")
    }
    return digits
  }

  /// ASCII and fullwidth digits, and the two Arabic rows: phones type them by themselves.
  private static func digit(_ scalar: Unicode.Scalar) -> Character? {
    let value: UInt32
    switch scalar.value {
    case 0x30...0x39: value = scalar.value - 0x30
    case 0xFF10...0xFF19: value = scalar.value - 0xFF10
    case 0x660...0x669: value = scalar.value - 0x660
    case 0x6F0...0x6F9: value = scalar.value - 0x6F0
    default: return nil
    }
    return Unicode.Scalar(0x30 + value).map(Character.init)
  }

  /// What stands between digits and means nothing: spaces, dashes, dots, slashes, and the marks of writing direction
  /// that address books put around numbers.
  private static func isFiller(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20, 0x09, 0x2D, 0x2E, 0x2F, 0xA0, 0xAD, 0xB7, 0x2000...0x200B, 0x200E, 0x200F, 0x2010...0x2015,
      0x202A...0x202E,
      0x202F, 0x205F, 0x2060, 0x2066...0x2069, 0x2212, 0x3000, 0xFEFF, 0xFF0D, 0xFF0E, 0xFF0F:
      true
    default: false
    }
  }
}
