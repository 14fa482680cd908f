import Contracts
import Store
import Telemetry
import Wire
import Workers

extension ReplayHandlers {
  /// Kept deliveries that a resumption counts; with more it only says that there are at least so many.
  private static let mostCounted = 10_000

  /// Goes on with a paused webhook. What it missed is moved by the replays' worker, in steps, however much it is.
  func resume(_ call: ReceiptsAPI.ResumeWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    let now = clock.now
    let skips = call.skipMissed == true
    let view = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard let paused = try WebhookRow.find(call.webhookID, account: account, connection) else {
          throw CallFailure.webhookNotFound
        }
        guard paused.pause != nil else { return paused.view(keyring: keyring, at: now) }
        let resumed = try paused.resume(at: now, connection)
        try fillGap(of: paused, skips: skips, at: now, connection)
        return resumed.view(keyring: keyring, at: now)
      }
    }
    log.notice("webhook.resumed", ["webhook_id": .string(call.webhookID.text), "skips": .bool(skips)])
    onResumed(call.webhookID)
    onReplay(call.webhookID)
    return view
  }

  /// Begins a replay of what was missed, if anything was. One that still runs takes it over.
  private func fillGap(of webhook: WebhookRow, skips: Bool, at now: Int64, _ connection: Connection) throws {
    let kind: Replay.Kind = skips ? .skip : .gap
    let failing = skips ? nil : webhook.failingSince
    if var running = try ReplayRow.running(kind, of: webhook.id, connection) {
      if let failing {
        let from = min(failing, running.selection.from?.milliseconds ?? failing)
        running.selection.from = Timestamp(milliseconds: from)
        running.delivery = ""
      }
      running.last = try EventRow.newest(connection)
      return try running.update(at: now, connection)
    }
    let held = try count(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM deliveries INDEXED BY deliveries_held WHERE state = 'held' AND webhook_id = ?1 LIMIT ?3)
      WHERE ?2 = ?2
      """, webhook, since: 0, connection)
    let exhausted =
      try failing.map { since in
        try count(
          """
          SELECT count(*) FROM (
            SELECT due_at FROM deliveries INDEXED BY deliveries_set_aside
            WHERE state IN ('behind', 'held', 'exhausted', 'cancelled') AND webhook_id = ?1 AND state = 'exhausted'
            ORDER BY id DESC LIMIT ?3)
          WHERE due_at >= ?2
          """, webhook, since: since, connection)
      } ?? 0
    if held + exhausted == 0 { return }
    var row = ReplayRow(
      ReplaySelection(from: failing.map { Timestamp(milliseconds: $0) }), kind: kind, of: webhook,
      matched: held + exhausted, isExact: held < Self.mostCounted && exhausted < Self.mostCounted, after: 0,
      through: try EventRow.newest(connection), at: now)
    if failing == nil { row.delivery = ReplayRow.everyDelivery }
    try row.insert(connection)
    connection.afterCommit { [metrics] in metrics.replays("started") }
  }

  private func count(_ sql: String, _ webhook: WebhookRow, since: Int64, _ connection: Connection) throws -> Int {
    try connection.first(sql, webhook.id.text, since, Self.mostCounted) { try $0.int(0) } ?? 0
  }
}
