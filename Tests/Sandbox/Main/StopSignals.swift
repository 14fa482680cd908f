import Glibc

/// SIGTERM and SIGINT as values the main thread waits for; SIGUSR2 tells it that a step of ours has ended.
///
/// The main thread waits itself: an asynchronous `main` parks it with every signal let through.
struct StopSignals {
  private var set = sigset_t()
  private static let ended = SIGUSR2

  enum Event { case stop, ended }

  /// Call it before any other thread starts: threads inherit what is blocked.
  init() {
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, Self.ended] { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  mutating func next() -> Event {
    var number: Int32 = 0
    sigwait(&set, &number)
    return number == Self.ended ? .ended : .stop
  }

  static func announceEnd() { kill(getpid(), ended) }
}
