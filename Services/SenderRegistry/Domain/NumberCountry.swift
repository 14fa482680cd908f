import Contracts

/// The country of a number, ISO 3166 alpha-2.
enum NumberCountry {
  /// For numbers of no country.
  static let unknown = "ZZ"

  static func of(_ number: PhoneNumber) -> String { CountryNumbering.country(of: number) ?? unknown }

  /// Whether a text is spelled like a country.
  static func isCode(_ text: String) -> Bool {
    text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
