import Testing
import Workers

/// Ages of rows, whatever the clock did.
@Suite struct OldPrefixTests {
  private static let future: Int64 = 999

  @Test(
    arguments: [
      ([], false, 0), ([1, 2, 3], false, 3), ([1, 2, 50], false, 2), ([50, 1], false, 0),
      // Dated ahead, with something old behind.
      ([OldPrefixTests.future, OldPrefixTests.future, 1, 50], false, 3),
      ([1, OldPrefixTests.future, 2, OldPrefixTests.future, 50], false, 3),
      // Only the future follows: as old as what lies further behind.
      ([1, OldPrefixTests.future, OldPrefixTests.future], false, 1),
      ([1, OldPrefixTests.future, OldPrefixTests.future], true, 3),
      ([OldPrefixTests.future, OldPrefixTests.future], true, 2),
      ([OldPrefixTests.future, 50, 1], true, 0),
    ] as [([Int64], Bool, Int)])
  func `rows of a clock that was ahead are as old as what follows them`(
    times: [Int64], isOlderBehind: Bool, expected: Int
  ) {
    #expect(OldPrefix.count(of: times, before: 10, now: 100) { isOlderBehind } == expected)
  }

  @Test func `a few looks find old rows behind a long time of a clock that was ahead`() {
    var looks = 0
    func time(_ place: Int64) -> Int64? {
      looks += 1
      return place > 500_000 ? 5 : OldPrefixTests.future
    }
    #expect(OldPrefix.isAnyOld(behind: 250, last: 1_000_000, before: 10, time))
    #expect(!OldPrefix.isAnyOld(behind: 250, last: 400_000, before: 10, time))
    #expect(!OldPrefix.isAnyOld(behind: 250, last: 250, before: 10, time))
    #expect(looks < 45)
  }
}
