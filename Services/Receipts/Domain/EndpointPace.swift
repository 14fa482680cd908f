/// How much one endpoint gets: carefully at first, more with every success, nothing while it rests.
///
/// - The window, attempts at the same time, begins at 1, grows by 1 with each success and falls to 1 when there is no
///   answer. An endpoint that answers in 50 ms is at 32 after five of its answering times.
/// - The breaker opens after five failures in a row (no answer, or 5xx) for 30 s, after two that hung until the limit;
///   then one attempt shows whether it goes on. Each that fails doubles the pause, up to 5 min.
/// - 429, 502, 503 and 504 are a wish, not an illness: a rest of what `Retry-After` asks for within 1 s and 1 h, without
///   it 1 s, doubled up to 60 s while the wish is repeated.
/// - What hinders us (`Hindrance`) is no illness either: a rest of 5 s, doubled up to 60 s; 15 s while our own network
///   is down.
///
/// While it rests no delivery is attempted, so none uses up a step of its schedule.
struct EndpointPace: Sendable {
  /// What the owner or the operator allows at most.
  struct Limits: Sendable, Equatable {
    var concurrency: Int
    var perSecond: Double?
  }

  static let failuresToOpen = 5
  /// Those that hang hold a place until the limit.
  static let hangsToOpen = 2
  /// In milliseconds, as all pauses here.
  static let breakerPauses: ClosedRange<Int64> = 30_000...300_000
  static let easePauses: ClosedRange<Int64> = 1_000...60_000
  static let askedPauses: ClosedRange<Int64> = 1_000...3_600_000
  static let hinderedPauses: ClosedRange<Int64> = 5_000...60_000
  static let widest = 512

  private(set) var window = 1
  /// It did not answer last time.
  private(set) var isSilent = false
  /// Counts the rests: an attempt that began before the last one says nothing new.
  private(set) var epoch = 0
  private var failuresInRow = 0
  private var hangsInRow = 0
  /// The pause of an open breaker; 0 when it is closed.
  private var breakerPause: Int64 = 0
  private var easePause: Int64 = 0
  private var hinderedPause: Int64 = 0
  private var rest: (until: Int64, length: Int64)?
  private var rate = AttemptRate()

  init(isSilent: Bool = false) { self.isSilent = isSilent }

  /// Nothing is known of it any more; what is under way says nothing of what it is now.
  mutating func restart() {
    let next = epoch + 1
    self = EndpointPace()
    epoch = next
  }

  /// It did not answer, and not because it was never asked.
  var isFailing: Bool { isSilent && failuresInRow > 0 }

  /// What it says of attempts now.
  enum Allowance: Sendable, Equatable {
    /// So many more may begin.
    case more(Int)
    /// None before this moment.
    case notBefore(Int64)
    /// None before one ends.
    case full
  }

  mutating func allowance(busy: Int, _ limits: Limits, at now: Int64) -> Allowance {
    if let rest {
      // A clock that was set back makes no rest longer than it was.
      let until = min(rest.until, now + rest.length)
      if now < until {
        self.rest?.until = until
        return .notBefore(until)
      }
      self.rest = nil
    }
    var free = min(window, limits.concurrency) - busy
    if free <= 0 { return .full }
    if let perSecond = limits.perSecond {
      free = min(free, rate.free(at: now, perSecond: perSecond))
      if free == 0 { return .notBefore(rate.nextFree(at: now, perSecond: perSecond)) }
    }
    return .more(free)
  }

  /// Attempts begin.
  mutating func began(_ count: Int, _ limits: Limits, at now: Int64) {
    if limits.perSecond != nil { rate.took(count, at: now) }
  }

  /// An attempt of the given epoch is over. `jitter` is a factor around 1, for the breaker's pause.
  mutating func ended(_ verdict: EndpointVerdict, epoch began: Int, at now: Int64, jitter: Double) {
    guard began == epoch else { return }
    if verdict != .hanging { hangsInRow = 0 }
    switch verdict {
    case .taken:
      window = min(window + 1, Self.widest)
      healed()
    case .refused, .gone:
      healed()
    case .failed:
      isSilent = false
      count(at: now, jitter)
    case .silent, .hanging:
      if verdict == .hanging { hangsInRow += 1 }
      isSilent = true
      window = 1
      count(at: now, jitter)
    case .resting(let asked):
      isSilent = false
      easePause = Self.next(easePause, in: Self.easePauses)
      let wish = asked.map { min(max($0, Self.askedPauses.lowerBound), Self.askedPauses.upperBound) }
      takeRest(wish ?? easePause, at: now)
    case .hindered(.outage):
      takeRest(Hindrance.outagePause, at: now)
    case .hindered:
      hinderedPause = Self.next(hinderedPause, in: Self.hinderedPauses)
      takeRest(hinderedPause, at: now)
    case .unknown:
      break
    }
  }

  /// Nothing would be lost by forgetting it.
  func isPlain(at now: Int64) -> Bool {
    !isSilent && failuresInRow == 0 && breakerPause == 0 && easePause == 0 && hinderedPause == 0
      && (rest.map { $0.until <= now } ?? true)
  }

  private mutating func healed() {
    isSilent = false
    failuresInRow = 0
    breakerPause = 0
    easePause = 0
    hinderedPause = 0
  }

  private mutating func count(at now: Int64, _ jitter: Double) {
    failuresInRow += 1
    // After a rest the first failure is enough.
    guard breakerPause > 0 || failuresInRow >= Self.failuresToOpen || hangsInRow >= Self.hangsToOpen else { return }
    breakerPause = Self.next(breakerPause, in: Self.breakerPauses)
    takeRest(Int64((Double(breakerPause) * jitter).rounded()), at: now)
  }

  private mutating func takeRest(_ length: Int64, at now: Int64) {
    window = 1
    epoch += 1
    rest = (now + length, length)
  }

  private static func next(_ pause: Int64, in range: ClosedRange<Int64>) -> Int64 {
    pause == 0 ? range.lowerBound : min(pause * 2, range.upperBound)
  }
}
