import Contracts

/// The country of a number, ISO 3166 alpha-2, from its country calling code (ITU-T E.164 assignments).
enum NumberCountry {
  /// A calling code that no country owns, or nobody has.
  static let unknown = "ZZ"

  static func of(_ number: PhoneNumber) -> String { CountryNumbering.country(of: number) ?? unknown }

  /// Whether a text is spelled like a country.
  static func isCode(_ text: String) -> Bool {
    text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
