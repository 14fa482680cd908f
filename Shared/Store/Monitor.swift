import Glibc

/// State with the lock that guards it and the condition that tells of its changes.
final class Monitor<State>: @unchecked Sendable {
  // Sendable: `state` is touched only between lock and unlock of `mutex`; the pointers never change and live until
  // deinit, when nobody else holds this object.
  private var state: State
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(_ state: State) {
    self.state = state
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    defer { pthread_condattr_destroy(&attributes) }
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Waits until `take` gives something. It is asked after every `signal`, and once before.
  func wait<Result>(for take: (inout State) -> Result?) -> Result {
    wait { state -> Look<Result> in take(&state).map { .found($0) } ?? .nothing }
  }

  /// What a look at the state found.
  enum Look<Result> {
    case found(Result)
    case nothing
    /// Look again at this moment of `MonitorClock`, if no signal comes before.
    case notBefore(Int64)
  }

  /// Waits until `take` finds something. It is asked after every `signal`, at the moment it named, and once before.
  func wait<Result>(for take: (inout State) -> Look<Result>) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      switch take(&state) {
      case .found(let result): return result
      case .nothing: pthread_cond_wait(condition, mutex)
      case .notBefore(let moment):
        var until = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
        pthread_cond_timedwait(condition, mutex, &until)
      }
    }
  }

  /// Wakes one waiter.
  func signal() { pthread_cond_signal(condition) }

  /// Wakes every waiter.
  func broadcast() { pthread_cond_broadcast(condition) }
}
