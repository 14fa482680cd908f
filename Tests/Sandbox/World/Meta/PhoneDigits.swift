/// Phone numbers as Meta's webhooks spell them: digits only, country code first.
package struct PhoneDigits: Sendable, Hashable, CustomStringConvertible {
  /// 7 to 15 digits (E.164 without the plus).
  package let digits: String

  /// Reads `+1 650 555 0100`, `16505550100` and the like; nil for anything that is not a number.
  package init?(_ text: some StringProtocol) {
    var digits = ""
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "+") where index == 0: continue
      case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"): continue
      default: return nil
      }
      if digits.utf8.count > 15 { return nil }
    }
    guard digits.utf8.count >= 7, digits.utf8.first != UInt8(ascii: "0") else { return nil }
    self.digits = digits
  }

  package var e164: String { "+\(digits)" }

  /// As Graph shows it, spaces and hyphens included: `+1 555-010-0001`.
  var display: String {
    let country = countryCode
    var rest = digits.dropFirst(country.count)
    var groups: [Substring] = []
    while rest.count > 4 {
      groups.append(rest.prefix(3))
      rest = rest.dropFirst(3)
    }
    groups.append(rest)
    return "+\(country) \(groups.joined(separator: "-"))"
  }

  package var description: String { e164 }

  /// Country calling code, for the few countries demos use; one digit where unknown.
  var countryCode: String {
    for length in [1, 2, 3] {
      let prefix = String(digits.prefix(length))
      if Self.regions[prefix] != nil { return prefix }
    }
    return String(digits.prefix(2))
  }

  /// ISO region in front of a business-scoped user id.
  var region: String { Self.regions[countryCode] ?? "US" }

  private static let regions = [
    "1": "US", "7": "KZ", "27": "ZA", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES", "39": "IT",
    "41": "CH", "43": "AT", "44": "GB", "45": "DK", "46": "SE", "47": "NO", "48": "PL", "49": "DE", "52": "MX",
    "54": "AR", "55": "BR", "56": "CL", "57": "CO", "61": "AU", "62": "ID", "63": "PH", "65": "SG", "81": "JP",
    "82": "KR", "90": "TR", "91": "IN", "351": "PT", "353": "IE", "358": "FI", "370": "LT", "371": "LV", "372": "EE",
    "380": "UA", "420": "CZ", "971": "AE", "972": "IL",
  ]
}
