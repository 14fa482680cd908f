import Contracts

/// Which webhooks have something to deliver and when: what the store knows, kept in memory so that a turn looks at
/// those that are due and at no others.
///
/// It may believe too much and never too little: what is believed is checked when deliveries are taken, and the store
/// is walked from time to time, so that nothing is forgotten for long.
struct DueAgenda: Sendable {
  /// Webhooks remembered; more are found when the store is walked again.
  static let limit = 100_000
  /// Of a full agenda, those that one more is compared with.
  private static let compared = 64

  struct Entry: Sendable, Equatable {
    var times: LaneTimes
    /// It took what it was sent last.
    var isProven: Bool
    /// It rests until then.
    var notBefore: Int64 = 0
    /// Counts what was added: what was read from the store before says nothing of that.
    var additions = 0

    var at: Int64 { max(times.earliest, notBefore) }
  }

  private(set) var ready: [WebhookID: Entry] = [:]
  private var later: [WebhookID: Entry] = [:]
  /// No later one is due before it.
  private var nextLater = LaneTimes.never

  var count: Int { ready.count + later.count }

  /// Deliveries wait, the first of each lane due at these times.
  mutating func add(_ webhook: WebhookID, _ times: LaneTimes, isProven: Bool, at now: Int64) {
    var entry: Entry
    if let known = ready[webhook] ?? later[webhook] {
      entry = known
      entry.times = known.times.merged(with: times)
      entry.additions += 1
    } else {
      entry = Entry(times: times, isProven: isProven)
      if count >= Self.limit, !makeRoom(for: entry) { return }
    }
    put(webhook, entry, at: now)
  }

  /// Forgets one that is due later than the new one: of some the latest, the whole list would be long. False if there
  /// is none.
  private mutating func makeRoom(for entry: Entry) -> Bool {
    guard let latest = later.prefix(Self.compared).max(by: { $0.value.at < $1.value.at }), latest.value.at > entry.at
    else { return false }
    later[latest.key] = nil
    return true
  }

  /// What the store says after deliveries were taken. What was added since the plan was made counts as well.
  mutating func correct(_ webhook: WebhookID, _ times: LaneTimes, additions: Int, at now: Int64) {
    guard var entry = ready[webhook] ?? later[webhook] else { return }
    entry.times = entry.additions == additions ? times : entry.times.merged(with: times)
    if entry.times.earliest == LaneTimes.never {
      ready[webhook] = nil
      later[webhook] = nil
    } else {
      put(webhook, entry, at: now)
    }
  }

  /// Nothing of it before that moment.
  mutating func postpone(_ webhook: WebhookID, until moment: Int64, at now: Int64) {
    guard var entry = ready[webhook] ?? later[webhook] else { return }
    entry.notBefore = moment
    put(webhook, entry, at: now)
  }

  /// Moves what has fallen due.
  mutating func advance(to now: Int64) {
    guard nextLater <= now else { return }
    nextLater = LaneTimes.never
    for (webhook, entry) in later {
      if entry.at <= now {
        ready[webhook] = entry
        later[webhook] = nil
      } else {
        nextLater = min(nextLater, entry.at)
      }
    }
  }

  /// When the next one falls due; nil when nothing waits.
  var nextAt: Int64? { later.isEmpty ? nil : nextLater }

  /// The clock was set back: moments that were written down before are of a time that may be far away. Whoever rests
  /// is asked again.
  mutating func clockWasSetBack(at now: Int64) {
    for (webhook, var entry) in later where entry.notBefore > now {
      entry.notBefore = 0
      put(webhook, entry, at: now)
    }
  }

  private mutating func put(_ webhook: WebhookID, _ entry: Entry, at now: Int64) {
    if entry.at <= now {
      later[webhook] = nil
      ready[webhook] = entry
    } else {
      ready[webhook] = nil
      later[webhook] = entry
      nextLater = min(nextLater, entry.at)
    }
  }
}
