import Synchronization
import Transport

/// The lanes of a client: those at work, and idle ones kept for the host they last spoke to.
final class LanePool: Sendable {
  struct Active: Sendable {
    let lane: TransferLane
    let transfer: Transfer
  }

  private struct Idle {
    let lane: TransferLane
    let host: String
    let since: Int64
  }

  private struct State {
    var active: [ObjectIdentifier: Active] = [:]
    /// Oldest first.
    var idle: [Idle] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// An idle lane that last spoke to `host`, else a new one; nil once closed.
  func take(_ host: String, for transfer: Transfer, isFresh: Bool) -> TransferLane? {
    let found = state.withLock { state -> TransferLane?? in
      if state.isClosed { return .some(nil) }
      guard !isFresh, let index = state.idle.lastIndex(where: { $0.host == host && !$0.lane.isClosed }) else {
        return nil
      }
      let lane = state.idle.remove(at: index).lane
      state.active[ObjectIdentifier(lane)] = Active(lane: lane, transfer: transfer)
      return lane
    }
    if let found { return found }
    let lane = TransferLane()
    let isClosed = state.withLock { state in
      if !state.isClosed { state.active[ObjectIdentifier(lane)] = Active(lane: lane, transfer: transfer) }
      return state.isClosed
    }
    if isClosed {
      lane.close()
      return nil
    }
    return lane
  }

  /// Takes a lane back; it is closed when it may not be used again or too many are idle.
  func put(_ lane: TransferLane, host: String, isFresh: Bool) {
    let surplus = state.withLock { state -> TransferLane? in
      state.active[ObjectIdentifier(lane)] = nil
      if state.isClosed || isFresh || lane.isClosed { return lane }
      state.idle.append(Idle(lane: lane, host: host, since: MonotonicClock.now))
      return state.idle.count + state.active.count > limit ? state.idle.removeFirst().lane : nil
    }
    surplus?.close()
  }

  var active: [Active] { state.withLock { Array($0.active.values) } }

  /// Closes lanes idle for longer than `age`; libcurl would not reuse their connections for much longer either.
  func trim(now: Int64, age: Duration) {
    let old = state.withLock { state -> [TransferLane] in
      let count = state.idle.prefix { now - $0.since > age.nanoseconds }.count
      defer { state.idle.removeFirst(count) }
      return state.idle.prefix(count).map(\.lane)
    }
    for lane in old { lane.close() }
  }

  var isIdleEmpty: Bool { state.withLock { $0.idle.isEmpty } }

  func close() {
    let (idle, active) = state.withLock { state in
      state.isClosed = true
      defer { state.idle = [] }
      return (state.idle.map(\.lane), Array(state.active.values))
    }
    for lane in idle { lane.close() }
    for item in active { item.transfer.fail(.cancelled, "the client closed") }
  }
}
