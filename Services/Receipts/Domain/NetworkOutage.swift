/// Whether what fails is our own network: several hosts in a row cannot be looked up or connected to, and nobody
/// answers in between. Without this an outage of ours would be booked against every customer.
struct NetworkOutage: Sendable {
  /// So many hosts within so many milliseconds make an outage.
  static let hosts = 4
  static let window: Int64 = 60_000
  /// Afterwards it is taken for theirs, until somebody answers.
  static let longest: Int64 = 3_600_000

  /// When they failed last; no more than `hosts` of them.
  private var failing: [String: Int64] = [:]
  private var since: Int64?

  /// Somebody was reached.
  mutating func reached() {
    failing = [:]
    since = nil
  }

  /// A host was not reached. True while that is our fault.
  mutating func missed(_ host: String, at now: Int64) -> Bool {
    if let since {
      // A clock that was set back makes no outage longer.
      self.since = min(since, now)
      return now - since < Self.longest
    }
    failing = failing.filter { $0.value <= now && now - $0.value < Self.window }
    failing[host] = now
    if failing.count < Self.hosts { return false }
    since = now
    failing = [:]
    return true
  }
}
