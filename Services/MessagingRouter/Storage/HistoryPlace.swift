import Store

/// Where messages of the history stand among the others. What is stored as it happens counts up from 1; the history has
/// places below 0 that are made of its times, so that pieces which come in any order stand as they were said.
enum HistoryPlace {
  /// Messages of one second that have places of their own.
  private static let width: Int64 = 1 << 24
  /// Seconds since 1970 stay below: until 2242.
  private static let seconds: Int64 = 1 << 33

  /// The first place of the second of `moment`, in milliseconds.
  static func first(at moment: Int64) -> Int64 {
    (min(max(moment / 1_000, 0), seconds - 1) - seconds) * width
  }

  /// A free one, behind those of the same second.
  static func next(at moment: Int64, _ connection: Connection) throws -> Int64 {
    let first = first(at: moment)
    let last = try connection.first(
      "SELECT max(sequence) FROM messages WHERE sequence >= ? AND sequence < ?", first, first + width
    ) { try $0.optionalInt64(0) }
    return (last ?? nil).map { $0 + 1 } ?? first
  }
}
