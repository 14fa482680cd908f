/// Whose turn it is when several lanes have something due: new events before retries before replays, but of eight
/// places one goes to retries that wait, and of sixteen one to replays. A flood of news delays them and never stops
/// them.
struct LaneShare: Sendable {
  static let retryEvery = 8
  static let replayEvery = 16

  /// Places that went past retries, and past replays, that were due.
  private var passedRetries = 0
  private var passedReplays = 0

  /// The lane that goes first now, of those that have something due; nil when none has.
  func first(of due: DeliveryLanes) -> DeliveryLane? {
    if due.contains(.replay), passedReplays >= Self.replayEvery - 1 { return .replay }
    if due.contains(.retry), passedRetries >= Self.retryEvery - 1 { return .retry }
    return due.first
  }

  /// A place was given to a lane while these lanes had something due.
  mutating func gave(_ lane: DeliveryLane, of due: DeliveryLanes) {
    passedRetries = Self.passed(passedRetries, waits: due.contains(.retry), isServed: lane == .retry, Self.retryEvery)
    passedReplays = Self.passed(
      passedReplays, waits: due.contains(.replay), isServed: lane == .replay, Self.replayEvery)
  }

  private static func passed(_ count: Int, waits: Bool, isServed: Bool, _ every: Int) -> Int {
    if isServed || !waits { return 0 }
    return min(count + 1, every)
  }
}
