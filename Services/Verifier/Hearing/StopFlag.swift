import Synchronization

/// Raised once, by whoever does not want the result any more.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  func raise() { flag.store(true, ordering: .relaxed) }
  var isRaised: Bool { flag.load(ordering: .relaxed) }
}
