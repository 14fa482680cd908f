import Testing

@testable import Receipts

@Suite struct RetryAfterTests {
  /// Sun, 06 Nov 1994 08:49:37 GMT.
  private let moment: Int64 = 784_111_777_000

  @Test(arguments: [("120", Int64(120_000)), ("0", 0), (" 7 ", 7_000), ("999999999999999999", RetryAfter.longest)])
  func `seconds are a length of time`(text: String, milliseconds: Int64) {
    #expect(RetryAfter.parse(text, at: 0) == milliseconds)
  }

  @Test(arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
  func `a date is the time until then`(text: String) {
    #expect(RetryAfter.parse(text, at: moment - 90_000) == 90_000)
    #expect(RetryAfter.parse(text, at: moment + 90_000) == 0)
  }

  @Test func `the old spelling of a date has a year of this century`() {
    #expect(RetryAfter.parse("Thursday, 01-Jan-26 00:00:10 GMT", at: 1_767_225_600_000) == 10_000)
  }

  @Test func `leap days count`() {
    #expect(RetryAfter.parse("Fri, 01 Mar 2024 00:00:00 GMT", at: 1_709_164_800_000) == 86_400_000)
  }

  @Test(arguments: [
    "", " ", "soon", "-5", "+5", "1.5", "5s", "120, 60", "0x10", "１２", "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    "9999999999999999999999", String(repeating: "1", count: 65),
  ])
  func `garbage is ignored`(text: String) {
    #expect(RetryAfter.parse(text, at: 0) == nil)
  }

  @Test func `absent is absent`() { #expect(RetryAfter.parse(nil, at: 0) == nil) }
}
