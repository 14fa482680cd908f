/// When the first delivery of each lane of a webhook falls due.
struct LaneTimes: Sendable, Equatable {
  static let never = Int64.max

  var new = never
  var retry = never
  var replay = never

  subscript(lane: DeliveryLane) -> Int64 {
    get {
      switch lane {
      case .new: new
      case .retry: retry
      case .replay: replay
      }
    }
    set {
      switch lane {
      case .new: new = newValue
      case .retry: retry = newValue
      case .replay: replay = newValue
      }
    }
  }

  var earliest: Int64 { min(new, retry, replay) }

  /// The lanes that have something due.
  func due(at now: Int64) -> DeliveryLanes {
    var lanes: DeliveryLanes = []
    if new <= now { lanes.insert(.new) }
    if retry <= now { lanes.insert(.retry) }
    if replay <= now { lanes.insert(.replay) }
    return lanes
  }

  func merged(with other: LaneTimes) -> LaneTimes {
    LaneTimes(new: min(new, other.new), retry: min(retry, other.retry), replay: min(replay, other.replay))
  }
}
