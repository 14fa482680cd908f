/// How phone numbers of one country look in E.164: its calling code and how many digits follow it.
package struct CountryNumbering: Sendable, Equatable {
  /// ISO 3166-1 alpha-2; nil for a code that no country owns (satellites, international freephone).
  package let country: String?
  /// The country's name in English.
  package let name: String
  /// One to three digits (ITU-T E.164 assignments).
  package let callingCode: String
  /// How many digits may follow the calling code, ascending.
  package let nationalLengths: [Int]
  /// What people in the country dial before a number and nobody dials after its calling code; empty for none.
  package let trunkPrefix: String
  /// Where a calling code is shared: how this country's numbers begin. Empty for the code's main country.
  package let leading: [String]
  /// A number as people there write it.
  package let example: String

  /// All of them; countries that share a code lie together, the main one first.
  package static let all: [CountryNumbering] = table.split(separator: "\n").map { CountryNumbering(line: $0) }

  private static let byCode = Dictionary(grouping: all, by: \.callingCode)

  /// The country whose number this is; nil for a calling code nobody has.
  package static func of(_ number: PhoneNumber) -> CountryNumbering? { of(digits: number.digits) }

  /// The country whose number this is, as ISO 3166-1 alpha-2.
  package static func country(of number: PhoneNumber) -> String? { of(number)?.country }

  /// The number's calling code and the rest, as Meta wants them. A code that nobody has counts three digits.
  package static func split(_ number: PhoneNumber) -> (callingCode: String, national: String) {
    let code = of(number)?.callingCode ?? String(number.digits.prefix(3))
    return (code, String(number.digits.dropFirst(code.count)))
  }

  /// Calling codes are prefix-free: at most one of the first one to three digits is one.
  static func of(digits: String) -> CountryNumbering? {
    for length in 1...3 {
      guard let sharing = byCode[String(digits.prefix(length))] else { continue }
      let national = digits.dropFirst(length)
      return sharing.first { $0.leading.contains { national.hasPrefix($0) } } ?? sharing.first
    }
    return nil
  }

  /// `9 or 10`, `5 to 13`.
  package var lengthWords: String {
    guard let first = nationalLengths.first, let last = nationalLengths.last else { return "" }
    if first == last { return "\(first)" }
    if nationalLengths.count == last - first + 1, nationalLengths.count > 2 { return "\(first) to \(last)" }
    return nationalLengths.dropLast().map { "\($0)" }.joined(separator: ", ") + " or \(last)"
  }

  private init(line: Substring) {
    let fields = line.split(separator: "|", omittingEmptySubsequences: false)
    precondition(fields.count == 7, "seven fields: \(line)")
    callingCode = String(fields[0])
    country = fields[1].isEmpty ? nil : String(fields[1])
    name = String(fields[2])
    nationalLengths = fields[3].split(separator: ",").flatMap { Self.range($0) }
    trunkPrefix = String(fields[4])
    leading = fields[5].split(separator: ",").map(String.init)
    example = String(fields[6])
    precondition(!nationalLengths.isEmpty, "a number has digits: \(line)")
  }

  /// `10` or `5-13`.
  private static func range(_ text: Substring) -> [Int] {
    let ends = text.split(separator: "-").compactMap { Int($0) }
    guard let first = ends.first, let last = ends.last, first <= last else { return [] }
    return Array(first...last)
  }
}
