import Synchronization

/// How many may do something at the same time.
final class Places: Sendable {
  private let count: Mutex<Int>

  init(_ count: Int) { self.count = Mutex(count) }

  /// False when all are taken.
  func take() -> Bool {
    count.withLock { count in
      if count == 0 { return false }
      count -= 1
      return true
    }
  }

  func giveBack() { count.withLock { $0 += 1 } }
}
