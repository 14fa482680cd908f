/// The waits of recordings, in milliseconds, and what bounds the work on them.
struct RecordingTimes: Sendable {
  /// From the announcement, how long the carrier is asked for the sound, and how often at least.
  var fetching: Int64 = 60_000
  var leastTries = 3
  /// Between tries: doubled each time.
  var firstTry: Int64 = 250
  var longestTry: Int64 = 5_000
  /// The shortest sound that could hold a code.
  var shortest: Int64 = 1_000
  /// Between tries to delete the carrier's copy: doubled each time, until the recording is this old.
  var firstDeletion: Int64 = 1_000
  var longestDeletion: Int64 = 900_000
  var deleting: Int64 = 86_400_000
  /// How long a row is kept without its sound.
  var remembered: Int64 = 30 * 86_400_000
  /// The least time between two emptyings of the store's log after deletions.
  var erasing: Int64 = 30_000
  /// After a failure of our own.
  var interrupted: Int64 = 1_000

  func pause(afterTries tries: Int) -> Int64 { min(firstTry << Int64(min(tries, 10)), longestTry) }
  func pause(afterDeletions tries: Int) -> Int64 { min(firstDeletion << Int64(min(tries, 20)), longestDeletion) }
}
