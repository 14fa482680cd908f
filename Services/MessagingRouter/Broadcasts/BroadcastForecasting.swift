import Contracts
import Store

/// Reads what a forecast needs, and works it out.
enum BroadcastForecasting {
  /// Recipients that are looked at one by one; of more, the rest is taken to be like them.
  static let sample = 20_000

  static func forecast(_ row: BroadcastRow, at now: Int64, _ connection: Connection) throws -> BroadcastForecast {
    let tally = try BroadcastTally.read(row.id, state: row.broadcast.state, connection)
    let sender = row.broadcast.senderID.text
    let queued = tally["queued", "sending"]
    let remaining = tally.waiting + queued
    let (limit, isAssumed) = try PortfolioSlots.limit(of: sender, connection)
    let portfolio = try portfolio(of: sender, connection)
    let used = try portfolio.map { try PortfolioSlots.usage(portfolio: $0, at: now, connection).used } ?? 0
    let looked = min(tally.waiting, sample)
    let free = looked == 0 ? 0 : try inside(row, at: now, connection)
    let waiting = tally.waiting - (looked == 0 ? 0 : free * tally.waiting / looked)
    let counting = waiting + (try waitingForPlace(row, connection))
    let count = limit == .unlimited ? nil : limit.count
    let outlook = BroadcastOutlook(need: counting, limit: count, used: used)
    let freeAt = try portfolio.flatMap { try placeFree(outlook.awaited, of: $0, at: now, connection) }
    let perSecond = try BroadcastWork.rate(of: sender, connection)
    let start = max(now, row.broadcast.startAt?.milliseconds ?? 0)
    let byLimit = outlook.lastAt(now: now, used: used, freeAt: freeAt) + (start - now)
    let end = max(byLimit, start + Int64(remaining) * 1_000 / Int64(perSecond))
    let days = remaining == 0 ? 0 : BroadcastOutlook.days(until: end, from: start)
    return BroadcastForecast(
      remaining: remaining, countingRecipients: counting, isEstimate: tally.waiting > sample, limit: count,
      isLimitAssumed: isAssumed, usedWithinDay: used, messagesPerSecond: perSecond, days: days,
      endsAt: remaining == 0 ? nil : Timestamp(milliseconds: end),
      summary: BroadcastOutlook.summary(
        remaining: remaining, counting: counting, days: days, limit: count, seconds: (end - start) / 1_000))
  }

  private static func portfolio(of sender: String, _ connection: Connection) throws -> String? {
    try connection.first(
      "SELECT \(OutboundSchedule.portfolio("r")) FROM replica_senders r WHERE r.sender_id = ?", sender,
      map: { try $0.text(0) })
  }

  /// How many of those who wait do not count: inside an open window, or written to within the day.
  private static func inside(_ row: BroadcastRow, at now: Int64, _ connection: Connection) throws -> Int {
    guard let sender = try SenderRow.find(id: row.broadcast.senderID, account: row.account, connection) else {
      return 0
    }
    return try connection.first(
      """
      SELECT count(*) FROM (
        SELECT CASE substr(r.recipient, 1, 1)
          WHEN '+' THEN (SELECT p.id FROM contacts p
            WHERE p.account_id = ?2 AND p.portfolio_id = ?3 AND p.phone_number = r.recipient)
          -- named by its id, or the one that it turned out to be
          ELSE (SELECT coalesce(p.merged_into, p.id) FROM contacts p WHERE p.id = r.recipient AND p.account_id = ?2)
          END AS contact
        FROM broadcast_recipients r
        WHERE r.broadcast = ?1 AND r.state = 'pending' ORDER BY r.sequence LIMIT ?7)
      WHERE EXISTS (
        SELECT 1 FROM conversations c
        WHERE c.sender_id = ?4 AND c.contact_id = contact AND c.window_expires_at > ?5)
      OR EXISTS (SELECT 1 FROM portfolio_slots s WHERE s.contact_id = contact AND s.reserved_at > ?6)
      """, row.number, row.account, sender.portfolio, sender.id.text, now, now - PortfolioLimit.day, sample,
      map: { try $0.int(0) }) ?? 0
  }

  /// Queued ones that wait for a place.
  private static func waitingForPlace(_ row: BroadcastRow, _ connection: Connection) throws -> Int {
    try connection.first(
      """
      SELECT count(*) FROM messages m JOIN outbound_lanes l ON l.conversation_id = m.conversation_id
      WHERE m.broadcast_id = ? AND m.status = 'queued' AND l.needs_slot = 1
      """, row.id.text, map: { try $0.int(0) }) ?? 0
  }

  /// When the place that was taken first, second … comes back.
  private static func placeFree(
    _ number: Int, of portfolio: String, at now: Int64, _ connection: Connection
  ) throws -> Int64? {
    guard number > 0 else { return nil }
    return try connection.first(
      """
      SELECT reserved_at FROM portfolio_slots
      WHERE portfolio = ? AND reserved_at > ? ORDER BY reserved_at LIMIT 1 OFFSET ?
      """, portfolio, now - PortfolioLimit.day, number - 1
    ) { try $0.int64(0) + PortfolioLimit.day }
  }
}
