import Synchronization

/// Every call the carrier has played, the newest, in the order they were placed.
package final class CallLog: Sendable {
  static let kept = 5_000

  private struct State {
    var records: [String: CallRecord] = [:]
    var order: [String] = []
  }

  private let state = Mutex(State())

  init() {}

  func add(_ record: CallRecord) {
    state.withLock { state in
      if state.order.count >= Self.kept {
        for sid in state.order.prefix(Self.kept / 10) { state.records[sid] = nil }
        state.order.removeFirst(Self.kept / 10)
      }
      state.order.append(record.sid)
      state.records[record.sid] = record
    }
  }

  func update(_ sid: String, _ change: (inout CallRecord) -> Void) {
    state.withLock { state in
      guard var record = state.records.removeValue(forKey: sid) else { return }
      change(&record)
      state.records[sid] = record
    }
  }

  package subscript(sid: String) -> CallRecord? { state.withLock { $0.records[sid] } }

  /// All that are remembered, or those to a number.
  package func calls(to phone: PhoneDigits? = nil) -> [CallRecord] {
    state.withLock { state in
      state.order.compactMap { state.records[$0] }.filter { phone == nil || $0.to == phone }
    }
  }
}
