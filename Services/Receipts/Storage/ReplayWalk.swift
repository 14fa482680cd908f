import Contracts
import Store
import Transport

/// The events that a replay of a webhook selects, in the order of their positions.
struct ReplayWalk: Sendable {
  /// Index entries of a type that one step looks at: a few milliseconds.
  static let looked = 5_000
  /// A count ends after so much work and says that it is not exact.
  static let mostCounted = 200_000
  static let mostNanoseconds: Int64 = 1_000_000_000

  let webhook: WebhookRow
  let selection: ReplaySelection
  /// What the webhook gets at all; its own filter always applies.
  private let types: [PlatformEvent.Kind]

  init(_ selection: ReplaySelection, of webhook: WebhookRow) {
    self.webhook = webhook
    self.selection = selection
    types = PlatformEvent.Kind.allCases.filter { type in
      webhook.wants(type, of: webhook.sender) && selection.eventTypes?.contains(type) ?? true
    }
  }

  /// The positions to look at: after the first, up to the second. Nil when there is nothing from that time.
  func stretch(_ connection: Connection) throws -> (after: Int64, through: Int64)? {
    var after: Int64 = 0
    var through = try EventRow.newest(connection)
    if let from = selection.from {
      guard let first = try EventTimes.first(from: from.milliseconds, connection) else { return nil }
      after = first - 1
    }
    if let until = selection.until {
      guard let last = try EventTimes.last(before: until.milliseconds, connection) else { return nil }
      through = last
    }
    return after < through ? (after, through) : nil
  }

  /// How many it is, for a person to decide: exact while that is quick.
  func count(_ connection: Connection) throws -> (matched: Int, isExact: Bool) {
    guard let (start, end) = try stretch(connection) else { return (0, true) }
    let began = MonotonicClock.now
    var (after, matched, looked) = (start, 0, 0)
    while after < end {
      if looked >= Self.mostCounted || MonotonicClock.now - began > Self.mostNanoseconds { return (matched, false) }
      let found = try positions(after: after, through: end, limit: 500, connection)
      matched += try found.positions.count { try candidate(at: $0, connection) != nil }
      looked += found.looked
      after = found.through
    }
    return (matched, true)
  }

  static let positionsSQL = """
    SELECT position, sender_id, conversation_id FROM events INDEXED BY events_by_type
    WHERE account_id = ?1 AND type = ?2 AND position > ?3 AND position <= ?4
    ORDER BY position LIMIT ?5
    """

  /// The next positions of what may be selected, at most `limit`, and up to where everything has been looked at.
  func positions(after: Int64, through end: Int64, limit: Int, _ connection: Connection) throws
    -> (positions: [Int64], through: Int64, looked: Int)
  {
    var (through, looked) = (end, 0)
    var found: [Int64] = []
    for type in types {
      var last: Int64?
      var count = 0
      try connection.forEach(
        Self.positionsSQL, webhook.account.text, type.rawValue, after, through, Self.looked
      ) { row in
        let position = try row.int64(0)
        (last, count) = (position, count + 1)
        if try isSelected(type, sender: row.optionalText(1), conversation: row.optionalText(2)) {
          found.append(position)
        }
      }
      looked += count
      // What a type has beyond its part of this step waits for the next one.
      if count == Self.looked, let last { through = min(through, last) }
    }
    found = found.filter { $0 <= through }.sorted()
    if found.count > limit {
      found.removeLast(found.count - limit)
      through = found.last ?? through
    }
    return (found, through, looked)
  }

  private func isSelected(_ type: PlatformEvent.Kind, sender: String?, conversation: String?) -> Bool {
    if let own = selection.senderID, sender != own.text { return false }
    if let own = selection.conversationID, conversation != own.text { return false }
    return webhook.wants(type, of: sender.map { SenderID(trusted: $0) })
  }

  /// The event at a position with its delivery, if that is to be delivered once more.
  func candidate(at position: Int64, _ connection: Connection) throws -> ReplayedDelivery? {
    guard let found = try ReplayedDelivery.find(at: position, webhook: webhook.id, connection), !found.isErased,
      !found.isOpen, !found.isAboutItself
    else { return nil }
    if let from = selection.from, found.receivedAt < from.milliseconds { return nil }
    if let until = selection.until, found.receivedAt >= until.milliseconds { return nil }
    // What was called off stays so unless somebody asks for it.
    let isOver = found.state == .delivered || found.state == .cancelled
    return isOver && selection.outcome != .any ? nil : found
  }
}
