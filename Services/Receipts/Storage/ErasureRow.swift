import Contracts
import JSON
import Store

/// A person to forget: an order of the router, carried out in steps that outlive the process.
struct ErasureRow: Sendable {
  var id: String
  var account: String
  var position: Int64
  var last: Int64

  /// Index entries that one step looks at, and events that it blanks at most: a few milliseconds of the writer each.
  static let looked = 20_000
  static let blanked = 200

  /// Takes note of the order: from here on nothing of these conversations is kept any more. Idempotent by its id.
  static func accept(_ order: HandedEvent.Erasure, at now: Int64, _ connection: Connection) throws
    -> ReceiptsAPI.RecordEvents.Outcome
  {
    guard (1...HandedEvent.Erasure.mostConversations).contains(order.conversationIDs.count) else { return .refused }
    let isKnown = try connection.first(
      "SELECT 1 FROM erased_conversations WHERE order_id = ? LIMIT 1", order.id.text, map: { _ in true })
    if isKnown == true { return .known }
    // Another account's conversations cannot be blanked by it: the look-up goes by account.
    for conversation in order.conversationIDs {
      try connection.execute(
        """
        INSERT INTO erased_conversations (conversation_id, account_id, order_id, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (conversation_id) DO UPDATE SET order_id = excluded.order_id, at = excluded.at
        """, conversation.text, order.accountID.text, order.id.text, now)
    }
    try connection.execute(
      "INSERT INTO erasures (id, account_id, last, at) VALUES (?, ?, ?, ?)", order.id.text, order.accountID.text,
      try EventRow.newest(connection), now)
    return .stored
  }

  static func first(_ connection: Connection) throws -> ErasureRow? {
    try connection.first("SELECT id, account_id, position, last FROM erasures ORDER BY at, id LIMIT 1") {
      ErasureRow(id: try $0.text(0), account: try $0.text(1), position: try $0.int64(2), last: try $0.int64(3))
    }
  }

  /// One step; true when the order is carried out. What has been looked at is stored with what was blanked.
  func step(_ connection: Connection) throws -> Bool {
    let conversations = Set(
      try connection.all("SELECT conversation_id FROM erased_conversations WHERE order_id = ?", id) {
        try $0.text(0)
      })
    var through = last
    var found: [Int64] = []
    for type in PlatformEvent.Kind.allCases {
      let rows = try connection.all(
        """
        SELECT position, conversation_id FROM events INDEXED BY events_by_type
        WHERE account_id = ? AND type = ? AND position > ? AND position <= ?
        ORDER BY position LIMIT ?
        """, account, type.rawValue, position, through, Self.looked, limit: Self.looked
      ) { (try $0.int64(0), try $0.optionalText(1)) }
      found += rows.filter { row in row.1.map { conversations.contains($0) } ?? false }.map(\.0)
      // What a type has beyond its part of this step waits for the next one.
      if rows.count == Self.looked, let end = rows.last?.0 { through = min(through, end) }
    }
    found = found.filter { $0 <= through }.sorted()
    if found.count > Self.blanked {
      found.removeLast(found.count - Self.blanked)
      through = found.last ?? through
    }
    for position in found { try Self.blank(position, connection) }
    if through >= last {
      try connection.execute("DELETE FROM erasures WHERE id = ?", id)
      return true
    }
    try connection.execute("UPDATE erasures SET position = ? WHERE id = ?", through, id)
    return false
  }

  /// Takes everything out of an event that is about a person, and calls off its deliveries.
  private static func blank(_ position: Int64, _ connection: Connection) throws {
    guard
      let (event, body) = try connection.first(
        "SELECT id, body FROM events WHERE position = ?", position, map: { (try $0.text(0), try $0.blob(1)) })
    else { return }
    try connection.execute(
      "UPDATE events SET body = ? WHERE position = ?", try ErasedBody.blanked(body), position)
    let freed = try connection.all(
      """
      UPDATE deliveries SET state = 'cancelled'
      WHERE event_id = ? AND state IN ('waiting', 'behind', 'held')
      RETURNING webhook_id, order_key, taken_at
      """, event
    ) { (webhook: WebhookID(trusted: try $0.text(0)), key: try $0.optionalText(1), isTaken: !$0.isNull(2)) }
    // One in hand gives its turn away when it is settled.
    for row in freed where !row.isTaken {
      if let key = row.key { try DeliveryRow.advance(row.webhook, key: key, connection) }
    }
    // What an endpoint answered may repeat what it was told.
    try connection.execute(
      """
      UPDATE attempts SET response = NULL
      WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id = ?) AND response IS NOT NULL
      """, event)
  }
}
