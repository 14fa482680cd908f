/// How long to wait before trying a step again.
struct Backoff: Sendable, Equatable {
  /// Tries after which a step is given up.
  var attempts = 8
  var firstMilliseconds: Int64 = 1_000
  var longestMilliseconds: Int64 = 60_000

  /// The pause after `tries` failures in a row; nil when it is time to give up.
  func pause(after tries: Int) -> Int64? {
    guard tries < attempts else { return nil }
    return min(longestMilliseconds, firstMilliseconds << Int64(min(max(tries - 1, 0), 20)))
  }
}
