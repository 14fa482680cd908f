/// The waits of media, in milliseconds, and what bounds the work on them.
struct MediaTimes: Sendable {
  /// Meta keeps what customers sent for seven days.
  var fetching: Int64 = 7 * 86_400_000
  /// An address of Meta is good for five minutes; one that old is not used.
  var freshURL: Int64 = 270_000
  /// Between tries: four times longer each time.
  var firstTry: Int64 = 1_000
  var longestTry: Int64 = 6 * 3_600_000
  /// One fetch, or one upload to Meta.
  var transfer: Duration = .seconds(300)
  /// Bytes that do not hash to what Meta says are fetched this often.
  var hashTries = 3
  /// Media that Meta says it does not have are asked for this often.
  var missingTries = 5
  /// From an upload's announcement to its last byte.
  var uploading: Int64 = 3_600_000
  /// Meta keeps uploads for 30 days; one that old is uploaded again.
  var uploaded: Int64 = 29 * 86_400_000
  /// After a failure of our own.
  var interrupted: Int64 = 1_000
  /// The least time between two looks at everything that may have ended.
  var sweeping: Int64 = 3_600_000

  func pause(afterTries tries: Int) -> Int64 { min(firstTry << Int64(2 * min(tries, 20)), longestTry) }
}
