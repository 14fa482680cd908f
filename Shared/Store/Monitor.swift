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
    pthread_cond_init(condition, nil)
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
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = take(&state) { return result }
      pthread_cond_wait(condition, mutex)
    }
  }

  /// Wakes one waiter.
  func signal() { pthread_cond_signal(condition) }

  /// Wakes every waiter.
  func broadcast() { pthread_cond_broadcast(condition) }
}
