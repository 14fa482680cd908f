import Synchronization

/// Parts that one lane has parsed for the other, so that a body is parsed once while both go on. Bounded: what does
/// not fit is parsed again by the lane that needs it.
final class InboxParts: Sendable {
  /// Bytes of bodies that are kept alive for a lane, and entries.
  private static let byteLimit = 8 << 20
  private static let countLimit = 4_096

  private struct Lane {
    var parts: [Int64: (part: InboxPart, bytes: Int)] = [:]
    var bytes = 0
    /// Bodies up to this one are behind the lane.
    var position: Int64 = 0
  }

  private let lanes = Mutex<[InboxLane: Lane]>([.messages: Lane(), .statuses: Lane()])

  /// Keeps what `part.lane` will have to do for a body.
  func put(_ part: InboxPart, bytes: Int) {
    // What is empty keeps no body alive.
    let bytes = part.items.isEmpty ? 0 : bytes
    lanes.withLock { lanes in
      guard let lane = lanes[part.lane], part.id > lane.position, lane.parts[part.id] == nil,
        lane.parts.count < Self.countLimit, lane.bytes + bytes <= Self.byteLimit
      else { return }
      lanes[part.lane]?.parts[part.id] = (part, bytes)
      lanes[part.lane]?.bytes += bytes
    }
  }

  func take(_ id: Int64, _ lane: InboxLane) -> InboxPart? {
    lanes.withLock { lanes in
      guard let kept = lanes[lane]?.parts.removeValue(forKey: id) else { return nil }
      lanes[lane]?.bytes -= kept.bytes
      return kept.part
    }
  }

  /// The bodies that need not be read for a lane.
  func known(_ lane: InboxLane) -> Set<Int64> {
    lanes.withLock { Set($0[lane]?.parts.keys.map { $0 } ?? []) }
  }

  /// A lane is through with a body: the other one will not see it when there is nothing in it for that.
  func finished(_ part: InboxPart) {
    lanes.withLock { lanes in
      if part.isAlone { lanes[part.lane.other]?.parts[part.id] = nil }
    }
  }

  func position(of lane: InboxLane) -> Int64 { lanes.withLock { $0[lane]?.position ?? 0 } }

  /// What is kept of bodies that now lie behind will not be asked for: the lane was through with them before a restart.
  func move(_ lane: InboxLane, to position: Int64) {
    lanes.withLock { lanes in
      lanes[lane]?.position = position
      guard let parts = lanes[lane]?.parts, !parts.isEmpty else { return }
      for (id, kept) in parts where id <= position {
        lanes[lane]?.parts[id] = nil
        lanes[lane]?.bytes -= kept.bytes
      }
    }
  }
}
