import Synchronization

/// Identifiers that sort by the time they were made: 26 characters of Crockford's base 32.
package enum ULID {
  /// Characters in an identifier.
  package static let characterCount = 26

  /// One generator for the process, so that two threads in one millisecond cannot make the same identifier.
  private static let generator = Mutex(ULIDGenerator())

  /// A new identifier of the moment `milliseconds` after 1970. Every call of the process sorts after the calls before
  /// it, also when its time is up to a second behind theirs.
  package static func make(milliseconds: Int64) -> String {
    generator.withLock { $0.make(milliseconds: milliseconds) { RandomBytes.make(10) } }
  }

  /// Whether `text` could have come from `make`.
  package static func isValid(_ text: some StringProtocol) -> Bool {
    milliseconds(of: text) != nil
  }

  /// The moment an identifier was made, in milliseconds after 1970, or nil if `text` is not one.
  package static func milliseconds(of text: some StringProtocol) -> Int64? {
    let characters = Array(text.utf8)
    guard characters.count == characterCount else { return nil }
    var time: Int64 = 0
    for (index, character) in characters.enumerated() {
      guard let value = ULIDGenerator.alphabet.firstIndex(of: character) else { return nil }
      if index < 10 { time = time << 5 | Int64(value) }
    }
    return time < 1 << 48 ? time : nil
  }
}
