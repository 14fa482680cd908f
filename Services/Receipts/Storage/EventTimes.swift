import Store

/// Positions of events by the time at which they were stored.
///
/// Positions are in the order of storing; times nearly always are. Where a clock was ahead or set back the answer errs
/// on the side of more: who needs exactly a time looks at each event's own.
enum EventTimes {
  /// The first position from which on something may be from `moment` or later; nil when nothing can.
  static func first(from moment: Int64, _ connection: Connection) throws -> Int64? {
    guard let (oldest, newest) = try bounds(connection) else { return nil }
    let border = try border(moment, oldest, newest, connection)
    // A stretch of the future further ahead hides what lies before it: a look at each doubled distance.
    var (found, distance) = (border, Int64(1))
    while found - distance >= oldest {
      if let (position, at) = try event(from: found - distance, connection), at >= moment, position < found {
        (found, distance) = (position, 1)
      } else {
        distance *= 2
      }
    }
    return found > newest ? nil : found
  }

  /// The last position up to which something may be from before `moment`; nil when nothing can.
  static func last(before moment: Int64, _ connection: Connection) throws -> Int64? {
    guard let (oldest, newest) = try bounds(connection) else { return nil }
    let border = try border(moment, oldest, newest, connection)
    var (found, distance) = (border - 1, Int64(1))
    while found + distance <= newest {
      if let (position, at) = try event(from: found + distance, connection), at < moment, position > found {
        (found, distance) = (position, 1)
      } else {
        distance *= 2
      }
    }
    return found < oldest ? nil : found
  }

  /// Where the times pass `moment`, as far as they are in order: some 20 steps into the table's own order.
  private static func border(
    _ moment: Int64, _ oldest: Int64, _ newest: Int64, _ connection: Connection
  ) throws -> Int64 {
    var (low, high) = (oldest, newest + 1)
    while low < high {
      let middle = low + (high - low) / 2
      if let (position, at) = try event(from: middle, connection), at < moment {
        low = position + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private static func bounds(_ connection: Connection) throws -> (oldest: Int64, newest: Int64)? {
    guard let oldest = try event(from: 0, connection)?.position else { return nil }
    return (oldest, try EventRow.newest(connection))
  }

  private static func event(from position: Int64, _ connection: Connection) throws -> (position: Int64, at: Int64)? {
    try connection.first(
      "SELECT position, received_at FROM events WHERE position >= ? ORDER BY position LIMIT 1", position
    ) { (try $0.int64(0), try $0.int64(1)) }
  }
}
