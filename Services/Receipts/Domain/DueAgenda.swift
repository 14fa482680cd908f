import Contracts

/// Which webhooks have something to deliver and when: what the store knows, kept in memory so that a turn looks at
/// those that are due and at no others.
///
/// It may believe too much and never too little: what is believed is checked when deliveries are taken, and the store
/// is walked from time to time, so that nothing is forgotten for long.
struct DueAgenda: Sendable {
  /// Webhooks remembered; more are found when the store is walked again.
  static let limit = 100_000

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
  /// Some did not fit.
  private(set) var isIncomplete = false

  var count: Int { ready.count + later.count }

  /// Deliveries wait, the first of each lane due at these times.
  mutating func add(_ webhook: WebhookID, _ times: LaneTimes, isProven: Bool, at now: Int64) {
    var entry: Entry
    if let known = ready[webhook] ?? later[webhook] {
      entry = known
      entry.times = known.times.merged(with: times)
      entry.additions += 1
    } else {
      if count >= Self.limit {
        isIncomplete = true
        return
      }
      entry = Entry(times: times, isProven: isProven)
    }
    put(webhook, entry, at: now)
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

  /// Room for those that did not fit.
  mutating func walked() { isIncomplete = false }

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
