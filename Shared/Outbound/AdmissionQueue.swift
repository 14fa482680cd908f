import Synchronization
import Transport

/// Limits transfers per host and in total; beyond them a bounded number waits, first come first served per host.
final class AdmissionQueue: Sendable {
  private struct Waiter {
    let id: UInt64
    let host: String
    let deadline: Int64
    let resume: @Sendable (Admission) -> Void
  }

  enum Admission: Sendable { case granted, full, expired, cancelled }

  private struct State {
    var active: [String: Int] = [:]
    var total = 0
    var waiting: [Waiter] = []
    var nextID: UInt64 = 0
    /// Cancelled between being named and being queued.
    var cancelled: Set<UInt64> = []
    var isClosed = false
  }

  private let perHost: Int
  private let total: Int
  private let queueLimit: Int
  private let state = Mutex(State())

  init(perHost: Int, total: Int, queueLimit: Int) {
    self.perHost = perHost
    self.total = total
    self.queueLimit = queueLimit
  }

  /// Waits for a slot until `deadline` (monotonic nanoseconds). Every `.granted` is paid back with `release`.
  func acquire(_ host: String, deadline: Int64) async -> Admission {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        enter(Waiter(id: id, host: host, deadline: deadline) { continuation.resume(returning: $0) })
      }
    } onCancel: {
      cancel(id)
    }
  }

  private func enter(_ waiter: Waiter) {
    let answer: Admission? = state.withLock { state in
      if state.isClosed || state.cancelled.remove(waiter.id) != nil { return .cancelled }
      if state.total < total, state.active[waiter.host, default: 0] < perHost {
        state.total += 1
        state.active[waiter.host, default: 0] += 1
        return .granted
      }
      if state.waiting.count >= queueLimit { return .full }
      state.waiting.append(waiter)
      return nil
    }
    if let answer { waiter.resume(answer) }
  }

  private func cancel(_ id: UInt64) {
    let waiter = state.withLock { state -> Waiter? in
      guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
        // Not queued yet, or granted already; of the latter nobody asks again, so the oldest make room.
        state.cancelled.insert(id)
        if state.cancelled.count > 1024, let oldest = state.cancelled.min() { state.cancelled.remove(oldest) }
        return nil
      }
      return state.waiting.remove(at: index)
    }
    waiter?.resume(.cancelled)
  }

  /// Gives a slot back and hands it to the first waiter that may have it.
  func release(_ host: String) {
    let next = state.withLock { state -> Waiter? in
      state.total -= 1
      let left = state.active[host, default: 1] - 1
      state.active[host] = left > 0 ? left : nil
      guard
        let index = state.waiting.firstIndex(where: { state.active[$0.host, default: 0] < perHost }),
        state.total < total
      else { return nil }
      let waiter = state.waiting.remove(at: index)
      state.total += 1
      state.active[waiter.host, default: 0] += 1
      return waiter
    }
    next?.resume(.granted)
  }

  /// Sends away waiters whose time is over.
  func expire(now: Int64) {
    let expired = state.withLock { state -> [Waiter] in
      let expired = state.waiting.filter { $0.deadline <= now }
      if !expired.isEmpty { state.waiting.removeAll { $0.deadline <= now } }
      return expired
    }
    for waiter in expired { waiter.resume(.expired) }
  }

  /// Sends all waiters away and admits nobody any more.
  func close() {
    let waiting = state.withLock { state -> [Waiter] in
      state.isClosed = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume(.cancelled) }
  }

  var waitingCount: Int { state.withLock { $0.waiting.count } }
  var activeCount: Int { state.withLock { $0.total } }
}
