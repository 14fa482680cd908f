import Contracts

/// When each replay that is under way has its next step. One that has nothing to do rests, longer each time, and writes
/// nothing meanwhile: however many wait, those that move on are not held up.
struct ReplayAgenda: Sendable {
  /// Replays remembered; more are found when some of them are over.
  static let limit = 100_000
  /// The first and the longest rest, in milliseconds.
  static let firstRest: Int64 = 250
  static let longestRest: Int64 = 10_000

  private struct Entry: Sendable {
    var webhook: WebhookID
    /// Its turn comes in the order of these.
    var turn: Int
    var at: Int64 = 0
    var rest: Int64 = 0
  }

  private var entries: [ReplayID: Entry] = [:]
  private var turns = 0

  var count: Int { entries.count }

  /// What the store says: those that are under way, the longest untouched first.
  mutating func update(_ found: [(id: ReplayID, webhook: WebhookID)]) {
    let known = entries
    entries = [:]
    for (id, webhook) in found.prefix(Self.limit) {
      turns += 1
      entries[id] = known[id] ?? Entry(webhook: webhook, turn: turns)
    }
  }

  /// Something has changed for these webhooks: none of their replays rests.
  mutating func wake(_ webhooks: Set<WebhookID>) {
    for (id, entry) in entries where webhooks.contains(entry.webhook) {
      entries[id]?.at = 0
      entries[id]?.rest = 0
    }
  }

  /// Those whose turn it is, the longest untouched first. Moments are monotonic.
  func due(at now: Int64, limit: Int) -> [(id: ReplayID, webhook: WebhookID)] {
    entries.filter { $0.value.at <= now }
      .sorted { $0.value.turn < $1.value.turn }
      .prefix(limit).map { ($0.key, $0.value.webhook) }
  }

  /// It has more to do, behind the others.
  mutating func moved(_ id: ReplayID) {
    turns += 1
    entries[id]?.turn = turns
    entries[id]?.rest = 0
  }

  mutating func rests(_ id: ReplayID, at now: Int64) {
    guard let entry = entries[id] else { return }
    let rest = min(Self.longestRest, max(Self.firstRest, entry.rest * 2))
    moved(id)
    entries[id]?.rest = rest
    entries[id]?.at = now + rest
  }

  mutating func ended(_ id: ReplayID) { entries[id] = nil }

  /// When the next one has its turn; nil without any.
  var nextAt: Int64? { entries.values.lazy.map(\.at).min() }
}
