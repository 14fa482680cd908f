import Store

/// The leased turns by conversation: one of each runs, the others of it wait in order.
struct TurnLanes {
  /// Turns that may wait behind the running one of their conversation. One that floods must not hold up the others.
  static let followers = 8

  private struct Lane {
    var waiting: [QueuedJob] = []
    /// The running turn goes back to the queue for this moment: nothing of its lane comes before it.
    var notBefore: Int64?
  }

  private var lanes: [String: Lane] = [:]

  /// Conversations with a running turn.
  var running: Int { lanes.count }

  /// What becomes of a leased turn.
  enum Admission: Equatable {
    case run
    case wait
    /// It goes back to the queue: too many wait already (nil), or the lane waits until then.
    case refuse(until: Int64?)
  }

  mutating func admit(_ job: QueuedJob) -> Admission {
    guard let lane = lanes[job.lane] else {
      lanes[job.lane] = Lane()
      return .run
    }
    if let moment = lane.notBefore { return .refuse(until: moment) }
    guard lane.waiting.count < Self.followers else { return .refuse(until: nil) }
    lanes[job.lane]?.waiting.append(job)
    return .wait
  }

  /// The running turn of a lane has ended: the one that runs next.
  mutating func next(in lane: String) -> QueuedJob? {
    guard let known = lanes[lane], !known.waiting.isEmpty else {
      lanes[lane] = nil
      return nil
    }
    return lanes[lane]?.waiting.removeFirst()
  }

  /// The running turn of a lane will be tried again at `moment`: takes those that wait behind it.
  mutating func postpone(_ lane: String, until moment: Int64) -> [QueuedJob] {
    defer { lanes[lane] = Lane(notBefore: moment) }
    return lanes[lane]?.waiting ?? []
  }
}
