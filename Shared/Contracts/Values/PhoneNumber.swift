/// An E.164 phone number with its `+`, as every border of the platform spells it.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
  /// `+` and 7 to 15 digits.
  package let text: String

  /// Parses what a person typed: spaces, dashes, dots and parentheses are dropped, `00` is read as `+`.
  package init(parsing input: String) throws(ValueFailure) {
    var digits = ""
    var hasPlus = false
    for scalar in input.unicodeScalars {
      switch scalar {
      case "0"..."9": digits.unicodeScalars.append(scalar)
      case "+" where digits.isEmpty && !hasPlus: hasPlus = true
      case " ", "-", ".", "(", ")", "\u{00A0}", "\u{2011}": continue
      default:
        throw ValueFailure(
          "a phone number has digits, spaces, dashes and parentheses only, for example +1 415 555 0123")
      }
    }
    if !hasPlus, digits.hasPrefix("00") {
      digits.removeFirst(2)
      hasPlus = true
    }
    guard hasPlus else {
      throw ValueFailure("a phone number starts with + and its country code, for example +1 415 555 0123")
    }
    guard (7...15).contains(digits.count), !digits.hasPrefix("0") else {
      throw ValueFailure("a phone number has 7 to 15 digits after the + and no leading zero")
    }
    text = "+" + digits
  }

  /// Reads Meta's webhook spelling: the same number as digits only.
  package init(digits: String) throws(ValueFailure) {
    try self.init(parsing: "+" + digits)
  }

  /// Wraps text that this process stored before.
  package init(trusted text: String) { self.text = text }

  /// Meta's webhook spelling.
  package var digits: String { String(text.dropFirst()) }

  package var description: String { text }
}

extension PhoneNumber: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(ValueFailure) {
      try self.init(parsing: text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
