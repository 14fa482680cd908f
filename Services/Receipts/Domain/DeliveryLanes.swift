/// Some of the lanes.
struct DeliveryLanes: OptionSet, Sendable {
  let rawValue: UInt8

  static let new = DeliveryLanes(rawValue: 1)
  static let retry = DeliveryLanes(rawValue: 2)
  static let replay = DeliveryLanes(rawValue: 4)

  /// The one that goes first by rank.
  var first: DeliveryLane? { contains(.new) ? .new : contains(.retry) ? .retry : contains(.replay) ? .replay : nil }
}

extension DeliveryLanes {
  init(_ lane: DeliveryLane) {
    switch lane {
    case .new: self = .new
    case .retry: self = .retry
    case .replay: self = .replay
    }
  }
}
