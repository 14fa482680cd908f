import Testing

@testable import Verifier

@Suite struct FailureLineTests {
  @Test(arguments: [
    ("model not found", "model not found"), ("\n\n  first \nsecond", "first"), ("", "no reason given"),
    (" \r\n\t", "no reason given"), ("status 404 in 12 s", "status 404 in 12 s"),
    ("a\u{1B}[31mred\u{202E}", "a [31mred "),
    ("cannot read 123-456", "cannot read ###-###"), ("heard 1 2 3 4 5 6", "heard # # # # # #"),
    ("heard one two three four", "(withheld: its words may be a code)"), ("one of two engines", "one of two engines"),
    ("code 01234\u{7F}o", "code ##### o"),
  ])
  func `one line, fit for a log`(text: String, expected: String) {
    #expect(FailureLine.of(text) == expected)
  }

  @Test func `a long line is cut`() {
    let line = FailureLine.of(String(repeating: "x", count: 100_000))
    #expect(line == String(repeating: "x", count: FailureLine.characters) + "…")
  }

  @Test func `no failure shows what its text may give away`() {
    let failures: [TranscriberFailure] = [
      .unreachable("123456"), .refused(status: 400, "123456"), .unreadable("123456"), .notStarted("123456"),
      .failed("123456"),
    ]
    for failure in failures { #expect(!failure.description.contains("123456")) }
    let all = failures + [.timedOut, .overloaded, .stopped]
    #expect(Set(all.map(\.code)).count == all.count)
  }
}
