import Crypto
import Testing

@Suite struct ULIDTests {
  @Test func `an identifier is 26 characters of Crockford's alphabet and begins with its time`() {
    let identifier = ULID.make(milliseconds: 1_469_918_176_385)
    #expect(identifier.count == 26)
    // The time of the example in the ULID specification.
    #expect(identifier.hasPrefix("01ARYZ6S41"))
    #expect(identifier.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) })
    #expect(ULID.milliseconds(of: identifier) == 1_469_918_176_385)
  }

  @Test func `identifiers of one millisecond sort in the order they were made`() {
    let identifiers = Self.make([Int64](repeating: 1_800_000_000_123, count: 5000))
    #expect(identifiers == identifiers.sorted())
    #expect(Set(identifiers).count == identifiers.count)
    #expect(identifiers.allSatisfy { ULID.milliseconds(of: $0) == 1_800_000_000_123 })
  }

  @Test func `identifiers of later milliseconds sort later`() {
    let moments: [Int64] = [0, 1, 31, 32, 1023, 1024, 1_699_999_999_999, 1_700_000_000_000, (1 << 48) - 1]
    let identifiers = Self.make(moments)
    #expect(identifiers == identifiers.sorted())
    #expect(identifiers.map { ULID.milliseconds(of: $0) } == moments)
  }

  @Test func `a caller that read the clock earlier but comes later still sorts later`() {
    let identifiers = Self.make([5000, 5001, 5000, 5001, 5001, 4002, 5002])
    #expect(identifiers == identifiers.sorted())
    #expect(identifiers.map { ULID.milliseconds(of: $0) } == [5000, 5001, 5001, 5001, 5001, 5001, 5002])
  }

  @Test func `a clock that was set back by a second or more is followed`() {
    #expect(Self.make([5001, 4001, 9000, 0]).map { ULID.milliseconds(of: $0) } == [5001, 4001, 9000, 0])
  }

  @Test func `the random part differs from millisecond to millisecond`() {
    let parts = Set(Self.make((0..<200).map { 1_900_000_000_000 + $0 }).map { $0.suffix(16) })
    #expect(parts.count == 200)
  }

  @Test func `counting up from the highest random part does not run into the time`() {
    var generator = ULIDGenerator()
    let identifiers = (0..<1000).map { _ in
      generator.make(milliseconds: 1_700_000_000_000) { [UInt8](repeating: 0xff, count: 10) }
    }
    #expect(identifiers.first == "01HF7YAT00FZZZZZZZZZZZZZZZ")
    #expect(identifiers[1] == "01HF7YAT00G000000000000000")
    #expect(identifiers == identifiers.sorted())
    #expect(identifiers.allSatisfy { ULID.milliseconds(of: $0) == 1_700_000_000_000 })
  }

  @Test func `threads that make identifiers at once never make the same`() async {
    let all = await withTaskGroup(of: [String].self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<500).map { _ in ULID.make(milliseconds: 1_750_000_000_000) } }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(all.count == 4000)
    #expect(Set(all).count == 4000)
  }

  @Test func `a clock outside what an identifier can hold counts as the nearest moment`() {
    #expect(Self.make([-1]).map { ULID.milliseconds(of: $0) } == [0])
    #expect(Self.make([.min]).map { ULID.milliseconds(of: $0) } == [0])
    #expect(Self.make([.max, .max]).map { ULID.milliseconds(of: $0) } == [(1 << 48) - 1, (1 << 48) - 1])
  }

  @Test(arguments: [
    "", "01ARYZ6S41TSV4RRFFQ69G5FA", "01ARYZ6S41TSV4RRFFQ69G5FAVV", "01aryz6s41tsv4rrffq69g5fav",
    "01ARYZ6S41TSV4RRFFQ69G5FAI", "01ARYZ6S41TSV4RRFFQ69G5FAL", "01ARYZ6S41TSV4RRFFQ69G5FAO",
    "01ARYZ6S41TSV4RRFFQ69G5FAU", "01ARYZ6S41TSV4RRFFQ69G5FA-", "81ARYZ6S41TSV4RRFFQ69G5FAV",
    "01ARYZ6S41TSV4RRFFQ69G5F\u{e9}",
  ])
  func `text that is no identifier is refused`(_ text: String) {
    #expect(!ULID.isValid(text))
    #expect(ULID.milliseconds(of: text) == nil)
  }

  @Test func `an identifier is valid as a part of a longer text too`() {
    let text = "msg_01ARYZ6S41TSV4RRFFQ69G5FAV"
    #expect(ULID.isValid(text.dropFirst(4)))
    #expect(!ULID.isValid(text))
  }

  /// Identifiers of a generator of their own: `ULID.make` is shared with every other test of the process.
  private static func make(_ moments: [Int64]) -> [String] {
    var generator = ULIDGenerator()
    return moments.map { generator.make(milliseconds: $0) { RandomBytes.make(10) } }
  }
}
