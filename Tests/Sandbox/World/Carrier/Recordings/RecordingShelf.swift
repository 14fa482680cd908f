import Synchronization

/// The recordings in the carrier's account.
package final class RecordingShelf: Sendable {
  /// Recordings kept, and their bytes; the oldest go first, and are counted.
  static let limit = 2_000
  static let byteLimit = 192 << 20

  private struct State {
    var recordings: [String: CarrierRecording] = [:]
    var order: [String] = []
    var bytes = 0
    var deleted = 0
    var dropped = 0
  }

  private let state = Mutex(State())

  init() {}

  func add(_ recording: CarrierRecording) {
    state.withLock { state in
      state.order.append(recording.sid)
      state.recordings[recording.sid] = recording
      state.bytes += recording.samples.count
      while state.order.count > Self.limit || state.bytes > Self.byteLimit, let oldest = state.order.first {
        Self.remove(oldest, &state)
        state.dropped += 1
      }
    }
  }

  /// The file of a recording can be fetched from this moment on.
  func release(_ sid: String, at moment: ContinuousClock.Instant) {
    state.withLock { state in
      if state.recordings[sid]?.availableFrom == nil { state.recordings[sid]?.availableFrom = moment }
    }
  }

  subscript(sid: String) -> CarrierRecording? { state.withLock { $0.recordings[sid] } }

  func recordings(of call: String?) -> [CarrierRecording] {
    state.withLock { state in
      state.order.compactMap { state.recordings[$0] }.filter { call == nil || $0.callSID == call }
    }
  }

  /// False when there is none such.
  func delete(_ sid: String) -> Bool {
    state.withLock { state in
      guard state.recordings[sid] != nil else { return false }
      Self.remove(sid, &state)
      state.deleted += 1
      return true
    }
  }

  /// Recordings there now, deleted by the account, and dropped for want of room.
  package var totals: (kept: Int, deleted: Int, dropped: Int) {
    state.withLock { ($0.recordings.count, $0.deleted, $0.dropped) }
  }

  private static func remove(_ sid: String, _ state: inout State) {
    guard let gone = state.recordings.removeValue(forKey: sid) else { return }
    state.bytes -= gone.samples.count
    state.order.removeAll { $0 == sid }
  }
}
