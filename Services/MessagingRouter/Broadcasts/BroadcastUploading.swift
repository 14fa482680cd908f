import Contracts
import Store

/// Whether a file of recipients is being read for a draft, which is not started meanwhile: half of the file would be
/// frozen as if it were all. A row says so, which the start looks at in its transaction; after a crash it holds for
/// `longest`.
enum BroadcastUploading {
  /// How long a file may say nothing before nobody waits for it, in milliseconds. A connection that is silent for ten
  /// seconds is closed.
  static let longest: Int64 = 60_000
  /// How often a file that is still coming says so.
  static let pace: Int64 = 10_000

  static func note(_ number: Int64, at now: Int64, _ connection: Connection) throws {
    try connection.execute("UPDATE broadcasts SET uploading_since = ? WHERE number = ?", now, number)
  }

  static func ended(_ id: BroadcastID, _ connection: Connection) throws {
    try connection.execute(
      "UPDATE broadcasts SET uploading_since = NULL WHERE id = ? AND uploading_since IS NOT NULL", id.text)
  }

  static func isUnderWay(_ number: Int64, at now: Int64, _ connection: Connection) throws -> Bool {
    let since = try connection.first("SELECT uploading_since FROM broadcasts WHERE number = ?", number) {
      try $0.optionalInt64(0)
    }
    // A clock that was set back must not hold it for long.
    guard let heard = since ?? nil else { return false }
    return abs(now - heard) < longest
  }
}
