import Glibc

/// SIGTERM and SIGINT as values that the main thread waits for.
///
/// They are blocked before any other thread starts, so every thread inherits that and no handler code runs
/// in the middle of anything.
struct StopSignals {
  private var set = sigset_t()
  /// Wakes the waiting thread when the service has ended by itself.
  private static let ended = SIGUSR2

  enum Event: Equatable { case terminate, interrupt, ended, timedOut }

  /// Blocks the signals for this thread and all that it starts. A peer that went away must not kill us, so
  /// SIGPIPE is ignored.
  init() {
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, Self.ended] { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Waits for the next event, for at most `seconds` when given.
  mutating func next(within seconds: Int? = nil) -> Event {
    while true {
      var information = siginfo_t()
      var limit = timespec(tv_sec: seconds ?? 86_400, tv_nsec: 0)
      switch sigtimedwait(&set, &information, &limit) {
      case SIGTERM: return .terminate
      case SIGINT: return .interrupt
      case Self.ended: return .ended
      default: if errno == EAGAIN && seconds != nil { return .timedOut }
      }
    }
  }

  /// From any thread: the service has ended.
  static func announceEnd() { kill(getpid(), ended) }
}
