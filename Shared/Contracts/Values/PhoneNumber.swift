/// An E.164 phone number with its `+`, as every border of the platform spells it.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
  /// `+` and 7 to 15 digits.
  package let text: String

  /// Parses what a person typed: spaces, dashes, dots, slashes and parentheses are dropped, `00` is read as `+`, `(0)`
  /// after a calling code is left out where nobody dials it. Any country's length passes; `dialable` is stricter.
  package init(parsing input: String) throws(ValueFailure) {
    var typed = TypedPhoneNumber()
    try typed.read(input)
    text = "+" + (try typed.digits())
  }

  /// Reads Meta's webhook spelling: the same number as digits only.
  package init(digits: String) throws(ValueFailure) {
    try self.init(parsing: "+" + digits)
  }

  /// Wraps text that this process stored before.
  package init(trusted text: String) { self.text = text }

  /// The number if its country has numbers of this length; a trunk prefix that was typed after the calling code
  /// (`+44 020 …`) is left out. For numbers that people enter: what Meta and the store say is not questioned.
  package func dialable() throws(ValueFailure) -> PhoneNumber {
    guard let numbering = CountryNumbering.of(self) else {
      throw ValueFailure(
        "+\(digits.prefix(3)) does not begin with the calling code of a country; for example +1 415 555 0123 is a "
          + "number of the United States")
    }
    let national = digits.dropFirst(numbering.callingCode.count)
    let trunk = numbering.trunkPrefix
    if !trunk.isEmpty, national.hasPrefix(trunk) {
      let rest = national.dropFirst(trunk.count)
      // No number begins with 0 where 0 is the trunk prefix; other prefixes may begin numbers too.
      let isTrunk = trunk == "0" || !numbering.nationalLengths.contains(national.count)
      if isTrunk, numbering.nationalLengths.contains(rest.count) {
        return PhoneNumber(trusted: "+" + numbering.callingCode + rest)
      }
    }
    guard numbering.nationalLengths.contains(national.count) else {
      throw ValueFailure(
        "a number of \(numbering.name) has \(numbering.lengthWords) digits after +\(numbering.callingCode), this one "
          + "has \(national.count); for example \(numbering.example)")
    }
    return self
  }

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
