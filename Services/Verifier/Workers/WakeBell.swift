import Synchronization

/// Lets what is made first wake what is made after it: the two need each other.
final class WakeBell: Sendable {
  private let body = Mutex<(@Sendable () -> Void)?>(nil)

  /// Sets who is woken; before that nobody is.
  func set(_ wake: @escaping @Sendable () -> Void) { body.withLock { $0 = wake } }

  func ring() { body.withLock { $0 }?() }
}
