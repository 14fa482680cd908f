import Contracts
import Store

/// What a turn took of one webhook.
struct TakenDeliveries: Sendable {
  var grant: DeliveryPlaces.Grant
  var rows: [DeliveryRow] = []
  /// What is left of it, by lane; nothing of one that is paused or gone.
  var left = LaneTimes()
  /// As its owner has set them.
  var limits: EndpointPace.Limits?
  var isProven = false
  var version: Int64 = 0
  /// Called off instead: see `DeliveryRow.cancelErased`.
  var cancelled = 0
  /// What is stored of it cannot be read.
  var isUnreadable = false

  private var isErasing = false

  init(grant: DeliveryPlaces.Grant) { self.grant = grant }

  /// Fills the places of a grant: each lane its share, and what a lane cannot fill goes to the others by rank.
  static func take(
    _ grant: DeliveryPlaces.Grant, perWebhook: Int, at now: Int64, _ connection: Connection
  ) throws -> TakenDeliveries {
    var taken = TakenDeliveries(grant: grant)
    guard let webhook = try WebhookRow.find(grant.webhook, connection), webhook.pause == nil else { return taken }
    taken.limits = EndpointPace.Limits(
      concurrency: min(webhook.maxConcurrency ?? perWebhook, DeliveryPlaces.mostConcurrency),
      perSecond: webhook.maxPerSecond)
    taken.isProven = webhook.isProven
    taken.version = webhook.version
    // Until it is carried out, an erasure is looked for here.
    taken.isErasing = try connection.first("SELECT EXISTS (SELECT 1 FROM erasures)") { try $0.bool(0) } ?? false
    var empty: Set<DeliveryLane> = []
    for lane in DeliveryLane.allCases {
      let share = grant.shares[lane] ?? 0
      if share > 0, try taken.take(lane, of: webhook, share, at: now, connection) < share { empty.insert(lane) }
    }
    for lane in DeliveryLane.allCases where taken.rows.count < grant.count && !empty.contains(lane) {
      var free = grant.count - taken.rows.count
      if lane == .replay { free = min(free, grant.replays - taken.rows.count { $0.isReplay }) }
      if free > 0 { _ = try taken.take(lane, of: webhook, free, at: now, connection) }
    }
    taken.left = try DueWebhooks.times(of: webhook.id, connection)
    return taken
  }

  private mutating func take(
    _ lane: DeliveryLane, of webhook: WebhookRow, _ limit: Int, at now: Int64, _ connection: Connection
  ) throws -> Int {
    let due = try DeliveryRow.due(lane, of: webhook, limit: limit, at: now, connection)
    for row in due {
      if isErasing, try Self.isErased(row.event.conversation, of: webhook.account, connection) {
        try row.cancelErased(connection)
        cancelled += 1
      } else if try row.take(at: now, connection) {
        rows.append(row)
      }
    }
    return due.count
  }

  private static func isErased(
    _ conversation: ConversationID?, of account: AccountID, _ connection: Connection
  ) throws -> Bool {
    guard let conversation else { return false }
    return try connection.first(
      "SELECT 1 FROM erased_conversations WHERE conversation_id = ? AND account_id = ?", conversation.text,
      account.text, map: { _ in true }) ?? false
  }
}
