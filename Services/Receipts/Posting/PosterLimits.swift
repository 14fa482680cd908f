/// Bounds of posting in processes of their own.
struct PosterLimits: Sendable {
  /// A frame between the two processes: a body of an event and its headers, with room.
  static let frameBytes = 4 << 20
  /// Kept of an answer's body.
  static let responseBytes = 2_048
  /// Kept of a header of an answer that is passed on.
  static let headerBytes = 256

  /// Posts under way in the shared process.
  var shared = 512
  /// Processes with one post each, for those that are suspected of stopping the shared one.
  var solo = 4
  /// Of these, for endpoints that have stopped one before.
  var culprits = 2
  /// Posts that wait for a process; one more fails at once.
  var waiting = 1_024
  /// A process without work is ended after this long, so that an idle service stays small.
  var idle: Duration = .seconds(300)
  /// An answer that has not come this long after the post's own limit will not come.
  var grace: Duration = .seconds(10)
  /// Between two starts of a process, and at most, when starts keep failing.
  var pause: Duration = .milliseconds(100)
  var longestPause: Duration = .seconds(5)
  /// How long an endpoint that has stopped a process posts alone.
  var quarantine: Duration = .seconds(3_600)
  /// How long an endpoint that did not answer while it was suspected stays so.
  var suspicion: Duration = .seconds(600)
}
