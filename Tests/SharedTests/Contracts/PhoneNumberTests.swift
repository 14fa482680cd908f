import Contracts
import JSON
import Testing

@Suite struct PhoneNumberTests {
  /// The number that strict entry makes of `typed`, or what it says.
  private func enter(_ typed: String) -> String {
    do throws(ValueFailure) { return try PhoneNumber(parsing: typed).dialable().text } catch { return error.message }
  }

  @Test(
    arguments: [
      "+14155550123", "+1 415 555 0123", "+1 (415) 555-0123", "+1-415-555-0123", "+1.415.555.0123", "001 415 555 0123",
      "+1/415/555/0123", "+1\u{A0}415\u{202F}555\u{2011}0123", "＋１（４１５）５５５－０１２３", "\u{202A}+1 415 555 0123\u{202C}",
      "tel:+1-415-555-0123", "+1 1 415 555 0123", "+١ ٤١٥ ٥٥٥ ٠١٢٣",
    ])
  func `a US number in its usual spellings`(typed: String) {
    #expect(enter(typed) == "+14155550123")
  }

  @Test(
    arguments: [
      "+442079460958", "+44 20 7946 0958", "+44 (0)20 7946 0958", "+44(0)20-7946-0958", "+44 ( 0 ) 20 7946 0958",
      "0044 20 7946 0958", "0044 (0)20 7946 0958", "+44 020 7946 0958", "+44 (20) 7946 0958",
    ])
  func `a UK number in its usual spellings`(typed: String) {
    #expect(enter(typed) == "+442079460958")
  }

  @Test(
    arguments: [
      "+493012345678", "+49 30 12345678", "+49 (0)30 / 123 456 78", "+49 (0) 30 12345678", "0049 30 12345678",
      "+49 30/12345678", "+49-30-12345678", "+49 (30) 12345678", "+49 030 12345678",
    ])
  func `a German number in its usual spellings`(typed: String) {
    #expect(enter(typed) == "+493012345678")
  }

  @Test func `a zero that belongs to the number stays`() {
    #expect(enter("+39 06 698 12345") == "+390669812345")
    #expect(enter("+39 (0)6 698 12345") == "+390669812345")
    #expect(enter("+225 01 23 45 6789") == "+2250123456789")
    #expect(enter("+1 (800) 555 0100") == "+18005550100")
  }

  @Test(
    arguments: [
      ("020 7946 0958", "add the country code"), ("4155550123", "add the country code"), ("", "is missing"),
      ("()", "is missing"), ("+1 415 555 O123", "digits, spaces, dashes"), ("+1 415 555 0123 ext 4", "digits, spaces"),
      ("++14155550123", "the + of a phone number"), ("1+4155550123", "the + of a phone number"), ("+123", "7 to 15"),
      ("+1234567890123456", "7 to 15"), ("+0 415 555 0123", "no leading zero"),
      ("+999 12345678", "+999 does not begin"),
      (String(repeating: " ", count: 65), "digits, spaces, dashes"),
      ("+49 30", "7 to 15"),
      (
        "+1 415 555 012",
        "a number of United States has 10 digits after +1, this one has 9; for example +1 201 555 0123"
      ),
      (
        "+44 20 7946",
        "a number of United Kingdom has 9 or 10 digits after +44, this one has 6; for example +44 7400 123456"
      ),
      ("+49 301", "7 to 15 digits"),
      ("+49 3012345678901234", "7 to 15 digits"),
      ("+33 6 12 34 56 7", "a number of France has 9 digits after +33, this one has 8; for example +33 6 12 34 56 78"),
    ])
  func `what is wrong is said with the country, the lengths and an example`(typed: String, words: String) {
    #expect(enter(typed).contains(words), "\(enter(typed))")
  }

  @Test(
    arguments: [
      ("+14155550123", "US"), ("+14165550123", "CA"), ("+18765550123", "JM"), ("+17875550123", "PR"),
      ("+79161234567", "RU"), ("+77011234567", "KZ"), ("+393123456789", "IT"), ("+390669812345", "VA"),
      ("+442079460958", "GB"), ("+441481256789", "GG"), ("+447700900000", "GB"), ("+441624756789", "IM"),
      ("+4915112345678", "DE"), ("+5511961234567", "BR"), ("+351912345678", "PT"),
    ])
  func `a number tells its country, also where a calling code is shared`(number: String, country: String) {
    #expect(CountryNumbering.country(of: PhoneNumber(trusted: number)) == country)
  }

  @Test func `numbers that no country owns have none`() {
    #expect(CountryNumbering.country(of: PhoneNumber(trusted: "+80012345678")) == nil)
    #expect(CountryNumbering.country(of: PhoneNumber(trusted: "+99912345678")) == nil)
  }

  @Test func `every country's numbers are read as an independent implementation reads them`() {
    let cases = PhoneNumberCases.accepted.split(whereSeparator: { $0 == ";" || $0 == "\n" })
    #expect(cases.count > 500)
    for line in cases {
      let parts = line.split(separator: "=").map(String.init)
      #expect(enter(parts[0]) == parts[1], "\(line)")
      #expect(CountryNumbering.country(of: PhoneNumber(trusted: parts[1])) == parts[2], "\(line)")
    }
  }

  @Test func `lengths that an independent implementation calls impossible are refused`() {
    let cases = PhoneNumberCases.refused.split(whereSeparator: { $0 == ";" || $0 == "\n" })
    #expect(cases.count == 300)
    for typed in cases { #expect(!enter(String(typed)).hasPrefix("+"), "\(typed)") }
  }

  @Test func `the table is sound`() {
    #expect(CountryNumbering.all.count > 240)
    #expect(Set(CountryNumbering.all.compactMap(\.country)).count == CountryNumbering.all.count { $0.country != nil })
    for row in CountryNumbering.all {
      #expect(row.callingCode.count <= 3 && !row.name.isEmpty)
      #expect(enter(row.example).hasPrefix("+\(row.callingCode)"), "\(row.name): \(enter(row.example))")
      #expect(row.nationalLengths.allSatisfy { (1...14).contains($0) && $0 + row.callingCode.count <= 15 })
      // No calling code begins another: a number has one country.
      for other in CountryNumbering.all where other.callingCode != row.callingCode {
        #expect(!other.callingCode.hasPrefix(row.callingCode))
      }
    }
  }

  @Test func `a number splits into calling code and the rest`() {
    for (number, code, rest) in [
      ("+14155550123", "1", "4155550123"), ("+79161234567", "7", "9161234567"), ("+4915112345678", "49", "15112345678"),
      ("+351912345678", "351", "912345678"), ("+8801812345678", "880", "1812345678"),
      ("+99912345678", "999", "12345678"),
    ] {
      let split = CountryNumbering.split(PhoneNumber(trusted: number))
      #expect(split.callingCode == code && split.national == rest)
    }
  }

  @Test func `what Meta and the store say is not questioned`() throws {
    // Five digits after +44: no number of the UK, and yet a webhook must be read.
    #expect(try PhoneNumber(digits: "4412345").text == "+4412345")
    #expect(try JSONCoder.decode(PhoneNumber.self, from: "\"+99912345678\"").text == "+99912345678")
  }
}
