/// The state behind `ULID.make`: the last identifier, so that the next one of the same millisecond can follow it.
package struct ULIDGenerator {
  /// Crockford's base 32: no I, L, O, U.
  package static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  private static let latest: Int64 = (1 << 48) - 1

  /// How far back, in milliseconds, a caller's time still counts as the time of the last identifier. Two threads that
  /// read the clock and come here in the other order must not start a second series in the same millisecond; a time
  /// further back is another clock, or a clock that was set back, and is taken as it is.
  private static let patience: Int64 = 1000

  private var lastMilliseconds: Int64 = -1
  private var lastRandom: UInt128 = 0

  /// A generator that has made nothing yet.
  package init() {}

  /// The next identifier; `random` gives ten bytes whenever a new millisecond begins.
  /// A clock before 1970 or after 10889 counts as the nearest moment an identifier can hold.
  package mutating func make(milliseconds: Int64, random: () -> [UInt8]) -> String {
    let now = min(max(milliseconds, 0), Self.latest)
    if now <= lastMilliseconds, lastMilliseconds - now < Self.patience {
      lastRandom += 1
    } else {
      lastMilliseconds = now
      // The highest of the 80 bits starts at zero, so that counting up within a millisecond cannot overflow.
      lastRandom = random().prefix(10).reduce(0) { $0 << 8 | UInt128($1) } & ((1 << 79) - 1)
    }
    return Self.text(UInt128(lastMilliseconds) << 80 | lastRandom)
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
