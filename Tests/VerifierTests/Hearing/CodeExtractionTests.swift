import Foundation
import Testing

@testable import Verifier

@Suite struct CodeExtractionTests {
  /// What a text holds, as `123456x2 | others | marks`.
  private func shown(_ text: String) -> String {
    let found = CodeExtraction(text)
    var words = found.codes.map { "\($0.digits)x\($0.count)" }
    words += found.others.map { "(\($0))" }
    if found.isAmbiguous { words.append("ambiguous") }
    if found.foreignCount > 0 { words.append("foreign:\(found.foreignCount)") }
    return words.joined(separator: " ")
  }

  @Test(arguments: [
    "Verification code is 123456.", "verification code is 123-456", "VERIFICATION CODE IS 12-34-56!",
    "Your WhatsApp code is 123 456", "Your WhatsApp verification code is: 1 2 3 4 5 6.", "The code is 1, 2, 3, 4, 5, 6",
    "The verification code is 1-2-3-4-5-6.", "Your What's App code is 1.2.3.4.5.6", "Your What’s app code is 123,456",
    "code is 12:34:56", "Verification code is \"123456\".", "Verification code is 123.456.", "123456",
    "Verification code is 1. 2. 3. 4. 5. 6.", "Verification code is\n123\n456\n", "code is 1… 2… 3… 4… 5… 6…",
    "Verification code is one two three four five six", "ONE TWO THREE FOUR FIVE SIX",
    "One, two, three, four, five, six.",
    "one-two-three-four-five-six", "One. Two. Three. Four. Five. Six.", "code is twelve thirty-four fifty-six",
    "code is twelve, thirty four, fifty six", "12 thirty-four 56", "one twenty-three four fifty-six",
    "code is one 2 three 4 five 6", "1 to 3 for 5 6", "one too three, for five six", "1 2 tree fore fife 6",
    "code is １２３４５６", "code is ١٢٣٤٥٦", "code is १२३४५६", "code is 123–456", "code is 123\u{A0}456",
    "Verification code is123456", "[BLANK_AUDIO] Verification code is 123456. (beep)",
    "*beep* code is 123456 [ Silence ]",
  ])
  func `the same code in every spelling`(text: String) {
    #expect(shown(text) == "123456x1")
  }

  @Test(arguments: [
    ("code is oh one two three four five", "012345"), ("code is O12345", "012345"), ("1O2O30", "102030"),
    ("one oh oh one oh oh", "100100"), ("zero nought naught one two three", "000123"),
    ("double oh seven one two three", "007123"), ("double three four five six seven", "334567"),
    ("triple five, one two three", "555123"), ("treble 9 one two three", "999123"),
    ("double-one double-two double-three", "112233"),
    ("1 2 double 3 4 5", "123345"), ("twenty twenty-two ten", "202210"), ("twenty ten oh five", "201005"),
    ("nineteen eighty-four eleven", "198411"), ("ninety ninety ninety", "909090"), ("forty fourty fifty", "404050"),
    ("twenty oh five six seven", "200567"), ("one ate won niner for two", "181942"),
    ("seventeen seventy one seventy", "177170"),
    ("twenty zero one two three", "200123"), ("seven oh, oh five five five", "700555"),
  ])
  func `words for digits`(text: String, code: String) {
    #expect(shown(text) == code + "x1")
  }

  @Test(arguments: [
    ("Verification code is 123456. Verification code is 123456. Verification code is 123456.", "123456x3"),
    ("Verification code is 123456 verification code is 123456", "123456x2"),
    ("Verification code is 123-456. Verification code is one two three four five six. 1 2 3 4 5 6", "123456x3"),
    ("123456. 123456. 123456.", "123456x3"), ("123456 code is 123456", "123456x2"),
    // In one breath an engine may stutter: that is one hearing.
    ("123456, 123456", "123456x1"), ("123456 123456 123456", "123456x1"),
    ("123456123456", "123456x1"), ("123456123456123456", "123456x1"),
    ("12 34 56, 12 34 56", "123456x1"), ("123456123456. 123456", "123456x2"),
    ("1. 2. 3. 4. 5. 6. 1. 2. 3. 4. 5. 6.", "123456x1"),
    ("Verification code is 123456. Verification code is 123465. Verification code is 123456.", "123456x2 123465x1"),
    ("code is 111111. code is 111111.", "111111x2"), ("code is 121212. code is 121212", "121212x2"),
    // The recording began late, or ended early.
    ("56. 123456. 123456. 12", "123456x2 (56) (12)"), ("3456. Verification code is 123456", "123456x1 (3456)"),
    ("Verification code is 123456. Verification code is 1234", "123456x1 (1234)"),
  ])
  func `repeats are counted`(text: String, expected: String) {
    #expect(shown(text) == expected)
  }

  @Test(arguments: [
    ("code is 12345", "(12345)"), ("code is 1234567", "(1234567)"), ("1", "(1)"), ("12345 12345", "(1234512345)"),
    ("1234567 1234567", "(12345671234567)"), ("123456 654321", "(123456654321)"),
    ("123456123457", "(123456123457)"), ("123456123456123", "(123456123456123)"),
    ("123456123456123456123456", "(123456123456123456123456)"),
    // Twelve, but of what?
    ("code is 3456, 123456, 12", "(345612345612)"), ("56 123456 1234", "(561234561234)"),
    ("code is 3456 123456 123456 12", "(345612345612345612)"),
    ("000000000000", "(000000000000)"), ("121212121212", "(121212121212)"), ("123123123123", "(123123123123)"),
    ("code is 12345. code is 123456", "123456x1 (12345)"), ("one two three four five six seven", "(1234567)"),
    ("twelve thirty-four fifty", "123450x1"), ("+49 170 1234567", "(491701234567) foreign:1"),
  ])
  func `runs that are not six long are no code`(text: String, expected: String) {
    #expect(shown(text) == expected)
  }

  @Test(arguments: [
    ("one hundred twenty three four five six", "(123456) ambiguous"),
    ("one thousand", "(1) ambiguous"), ("hundred", "ambiguous"),
    ("twenty, one two three four five", "(2012345) ambiguous"), ("twenty 1 2345", "(2012345) ambiguous"),
    ("twenty to 1 2 3 4", "(2021234) ambiguous"), ("double, three four five six seven", "(34567) ambiguous"),
    ("double twelve 3456", "(123456) ambiguous"), ("double 12 3456", "(123456) ambiguous"),
    ("double to 3456", "(3456) ambiguous foreign:1"),
    // Two sentences that make six digits are not one code.
    ("123. 456.", "(123) (456)"), ("12. 34. 56.", "(12) (34) (56)"), ("123456. 99", "(123456) (99) ambiguous"),
    ("12. 345678. 90", "(12) (345678) (90) ambiguous"), ("1. 234567. 123456", "(1) (234567) (123456) ambiguous"),
    ("123456. 123. 123456", "(123456) (123) (123456) ambiguous"),
  ])
  func `what can be read in two ways is not read`(text: String, expected: String) {
    #expect(shown(text) == expected)
  }

  @Test(arguments: [
    ("Hello, is this the bakery?", "foreign:3"), ("Thank you.", "foreign:2"), ("", ""), ("  \n\t ", ""), ("…", ""),
    ("Verification code is 123456. Thank you.", "123456x1 foreign:2"), ("code is 123456 again", "123456x1 foreign:1"),
    ("not the code 123456", "123456x1 foreign:1"), ("for you to won", "foreign:4"), ("to to for for", "foreign:4"),
    ("code is for 123456", "123456x1 foreign:1"), ("code is 123456 too", "123456x1 foreign:1"),
    ("oh, hello", "foreign:2"), ("oh oh oh", "foreign:3"), ("123456. Oh.", "123456x1 foreign:1"),
    ("double u", "foreign:2"),
    ("double", "foreign:1"), ("triple.", "foreign:1"), ("#123456", "123456x1 foreign:1"),
    ("123456%", "123456x1 foreign:1"),
    ("12/34/56", "(12) (34) (56) foreign:2"), ("123456th", "123456x1 foreign:1"), ("12B456", "(12) (456) foreign:1"),
    ("(123456)", "123456x1 foreign:2"), ("[MUSIC] code is 123456", "123456x1 foreign:3"),
    ("code is 123 hello 456", "(123) (456) foreign:1"),
    ("sixes and sevens", "foreign:3"), ("verifications codes", "foreign:2"), ("1²", "(1) foreign:1"),
    ("code is Ⅳ", "foreign:1"),
    ("123\u{200B}456", "(123) (456) foreign:1"), ("12\u{301}3456", "(12) (3456) foreign:1"),
    ("ein zwei drei", "foreign:3"),
    ("код 123456", "123456x1 foreign:1"), ("🙂", "foreign:1"),
    ("00:00:01.000 --> 123456", "(000001000) 123456x1 foreign:1"),
  ])
  func `what is not the announcement is foreign`(text: String, expected: String) {
    let parts = Set(expected.split(separator: " "))
    #expect(Set(shown(text).split(separator: " ")) == parts)
  }

  @Test func `only the best without an equal is the best`() {
    #expect(CodeExtraction("code is 111112. code is 111113. code is 111112").best?.digits == "111112")
    #expect(CodeExtraction("code is 111112. code is 111113").best == nil)
    #expect(CodeExtraction("code is").best == nil)
    #expect(CodeExtraction("code is 123456").best?.count == 1)
  }

  @Test(arguments: [
    ("code is 12345", false), ("code is 1234456", false), ("code is 16", false), ("code is 654", true),
    ("code is 7", true),
    ("code is 1234567890123456789", true), ("code is 123457", false), ("", false),
  ])
  func `digits that cannot be the code with some lost or doubled speak against it`(text: String, isAgainst: Bool) {
    #expect(CodeExtraction(text).speaksAgainst("123456") == isAgainst)
  }

  @Test func `words that tell an announcement are told from those that every sentence has`() {
    #expect(CodeExtraction("The WhatsApp is your").mentionsCode)
    #expect(CodeExtraction("verification").mentionsCode)
    #expect(!CodeExtraction("Is the app yours? Your app is the").mentionsCode)
    #expect(CodeExtraction("three and 45").digitCount == 3)
  }

  @Test(arguments: [
    ("Verification code is 123456.", true), ("Your WhatsApp code is 123456", true), ("whatsapp code: 123456", true),
    ("The What's App verification code is one two three four five six", true),
    ("56. Verification code is 123456", true), ("123456. Verification code is 123456. 123456", true),
    ("The code is 123456. The code is 123456.", false), ("Code 123456", false), ("WhatsApp is 123456", false),
    ("Your WhatsApp is the code 123456", false), ("Verification is 123456. Your code is 123456", false),
    ("Verification code is. Your code is 123456", false), ("123456. Verification code is", false),
    ("Verification code is my 123456", false), ("Verification code is to 123456", false),
    ("Verification code is 12345", false), ("Your app code is 123456", false), ("123456", false), ("", false),
  ])
  func `a code is announced by Meta's own words right before it`(text: String, isAnnounced: Bool) {
    #expect(CodeExtraction(text).isAnnounced == isAnnounced)
  }

  @Test func `no more than eight KiB are looked at, whole characters only`() {
    let long = String(repeating: "é", count: CodeExtraction.textLimit) + " 123456"
    let found = CodeExtraction(long)
    #expect(found.isCut)
    #expect(found.codes.isEmpty)
    #expect(found.foreignCount == 1)
    let odd = "x" + String(repeating: "é", count: CodeExtraction.textLimit / 2)
    #expect(CodeExtraction(odd).isCut)
    #expect(!CodeExtraction(String(repeating: "1", count: CodeExtraction.textLimit)).isCut)
  }

  @Test(arguments: [
    "oh ", "to ", "o", "1 to ", "double ", "twenty ", "(", "[", "* ", "1. ", "123456. ", "12 ", ". ", "' ", "hundred ",
    "\u{301}", "١",
  ])
  func `the longest text of the worst kind takes no time`(piece: String) {
    let text = String(repeating: piece, count: CodeExtraction.textLimit / piece.utf8.count)
    let half = String(repeating: piece, count: CodeExtraction.textLimit / piece.utf8.count / 2)
    let clock = ContinuousClock()
    func best(_ text: String) -> Duration {
      (0..<3).map { _ in clock.measure { _ = CodeExtraction(text) } }.min() ?? .zero
    }
    let (whole, part) = (best(text), best(half))
    // Linear: twice the text takes twice the time, not four times. A busy machine gets some room.
    #expect(whole < max(part * 3.4, .milliseconds(60)), "\(piece): \(part), then \(whole)")
  }

  @Test(arguments: 0..<40) func `each code is read in each spelling, wherever it is repeated`(seed: UInt64) {
    var random = HearingNumbers(seed: seed)
    for _ in 0..<50 {
      let code = (0..<6).map { _ in Int.random(in: 0...9, using: &random) }
      let text = (0..<3).map { _ in "Verification code is \(spell(code, &random))." }.joined(separator: " ")
      let found = CodeExtraction(text)
      let digits = code.map(String.init).joined()
      #expect(found.codes.map(\.digits) == [digits], "seed \(seed)")
      #expect(found.isAnnounced, "seed \(seed)")
      #expect(found.codes.first?.count == 3, "seed \(seed)")
      #expect(found.foreignCount == 0 && !found.isAmbiguous && found.others.isEmpty, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<40) func `whatever comes, a code is six digits that were there`(seed: UInt64) {
    var random = HearingNumbers(seed: seed)
    let pieces = [
      "1", "23", "456", "123456", "7890", " ", ". ", ", ", "-", "oh ", "to ", "double ", "twenty", " one ", "hundred",
      "é", "\u{200B}",
      "[", "code is ", "for", "ten", "\u{FF11}", "'", "(beep)", "\n", "…",
    ]
    for _ in 0..<200 {
      let text = (0..<Int.random(in: 0...30, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      let found = CodeExtraction(text)
      for code in found.codes {
        #expect(code.digits.utf8.count == 6 && code.digits.utf8.allSatisfy { (0x30...0x39).contains($0) })
        #expect(code.count > 0)
      }
      #expect(found.codes.reduce(0) { $0 + 6 * $1.count } <= found.digitCount)
      #expect(Set(found.codes.map(\.digits)).count == found.codes.count)
    }
  }

  /// A code in one of the ways engines write it.
  private func spell(_ code: [Int], _ random: inout HearingNumbers) -> String {
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    let digits = code.map(String.init)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: return digits.joined()
    case 1: return digits.joined(separator: [" ", ", ", "-", ". "].randomElement(using: &random) ?? " ")
    case 2:
      return digits[..<3].joined() + ([" ", "-", ","].randomElement(using: &random) ?? " ") + digits[3...].joined()
    case 3: return [0, 2, 4].map { digits[$0] + digits[$0 + 1] }.joined(separator: "-")
    case 4: return code.map { words[$0] }.joined(separator: [" ", ", ", "-"].randomElement(using: &random) ?? " ")
    case 5:
      return code.enumerated().map { index, digit in
        digit == 0 && index > 0 ? "oh" : index % 2 == 0 ? words[digit] : digits[index]
      }.joined(separator: " ")
    default:
      // Neighbours that are the same, as people say them.
      var said: [String] = []
      var at = 0
      while at < 6 {
        if at + 1 < 6, code[at] == code[at + 1] {
          said.append("double " + words[code[at]])
          at += 2
        } else {
          said.append(words[code[at]])
          at += 1
        }
      }
      return said.joined(separator: " ")
    }
  }
}

/// SplitMix64: the same seed draws the same texts.
struct HearingNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
