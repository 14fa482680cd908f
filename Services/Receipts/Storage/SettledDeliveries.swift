import Contracts
import Store

/// Stores what came of many attempts: one write, one look at each webhook.
struct SettledDeliveries: Sendable {
  /// What falls due through it, by webhook.
  private(set) var due: [WebhookID: LaneTimes] = [:]
  private(set) var news: [EndpointNews] = []

  static func store(_ outcomes: [DeliveryOutcome], at now: Int64, _ connection: Connection) throws -> SettledDeliveries
  {
    var settled = SettledDeliveries()
    for outcome in outcomes { try settled.settle(outcome, at: now, connection) }
    for (webhook, outcomes) in Dictionary(grouping: outcomes, by: \.row.webhook.id) {
      try settled.note(outcomes, of: webhook, at: now, connection)
    }
    return settled
  }

  private mutating func settle(_ outcome: DeliveryOutcome, at now: Int64, _ connection: Connection) throws {
    let webhook = outcome.row.webhook.id
    if let settled = try outcome.store(connection), settled.state == .waiting {
      add(webhook, outcome.row.isReplay ? .replay : settled.attempts == 0 ? .new : .retry, settled.dueAt)
    }
    // Whichever lane the next one is in: it is looked for.
    if let key = outcome.row.orderKey, try DeliveryRow.advance(webhook, key: key, connection) {
      add(webhook, .new, now)
    }
  }

  private mutating func add(_ webhook: WebhookID, _ lane: DeliveryLane, _ dueAt: Int64) {
    var times = due[webhook] ?? LaneTimes()
    times[lane] = min(times[lane], dueAt)
    due[webhook] = times
  }

  /// How it went with the webhook, from what is stored of it: one that was deleted meanwhile has no more to tell.
  private mutating func note(
    _ outcomes: [DeliveryOutcome], of webhook: WebhookID, at now: Int64, _ connection: Connection
  ) throws {
    guard var row = try WebhookRow.find(webhook, connection) else { return }
    let before = row.health
    // What is said by where it was before says nothing of where it is now.
    for outcome in outcomes where outcome.row.webhook.url == row.url {
      let at = outcome.endedAt
      var news: EndpointHealth.News?
      switch outcome.verdict {
      case .unknown, .hindered(.outage), .hindered(.overload), .hindered(.eventUnreadable): continue
      case .taken: news = row.health.succeeded(at: at)
      case .gone: news = row.health.failed(at: at, isGone: true)
      case .refused, .failed, .silent, .hanging, .resting, .hindered(.webhookUnreadable):
        news = row.health.failed(at: at)
      }
      // Whoever paused it knows already.
      guard let news, row.pause == nil else { continue }
      if let reason = news.pauseReason {
        row.pause = Webhook.Pause(reason: reason, at: Timestamp(milliseconds: now))
        try row.storePause(at: now, connection)
      }
      try tell(EndpointNews(news, of: row, since: before.failingSince, outcome, at: now), connection)
    }
    if row.health != before { try row.storeHealth(connection) }
  }

  private mutating func tell(_ news: EndpointNews, _ connection: Connection) throws {
    for webhook in try news.tell(connection) { add(webhook, .new, news.at) }
    self.news.append(news)
  }
}
