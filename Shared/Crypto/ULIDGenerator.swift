/// The state behind `ULID.make`: the last identifier, so that the next one of the same millisecond can follow it.
struct ULIDGenerator {
  static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  private static let latest: Int64 = (1 << 48) - 1
  private var lastMilliseconds: Int64 = -1
  private var lastRandom: UInt128 = 0

  /// A clock before 1970 or after 10889 counts as the nearest moment an identifier can hold.
  mutating func make(milliseconds: Int64, random: () -> [UInt8]) -> String {
    let now = min(max(milliseconds, 0), Self.latest)
    if now == lastMilliseconds {
      lastRandom += 1
    } else {
      lastMilliseconds = now
      // The highest of the 80 bits starts at zero, so that counting up within a millisecond cannot overflow.
      lastRandom = random().prefix(10).reduce(0) { $0 << 8 | UInt128($1) } & ((1 << 79) - 1)
    }
    return Self.text(UInt128(now) << 80 | lastRandom)
  }

  private static func text(_ value: UInt128) -> String {
    String(unsafeUninitializedCapacity: ULID.characterCount) { characters in
      for place in 0..<ULID.characterCount {
        let shift = UInt128(5 * (ULID.characterCount - 1 - place))
        characters[place] = alphabet[Int(truncatingIfNeeded: value >> shift) & 31]
      }
      return ULID.characterCount
    }
  }
}
