import Contracts
import Store

/// What a sender's limits are read from.
enum SenderLimitsRow {
  /// Nil when the account has no such sender. `share` is how much of its rate a number uses now.
  static func find(
    sender: SenderID, account: String, share: (String) -> Double, at now: Int64, _ connection: Connection
  ) throws -> SenderLimits? {
    let found = try connection.first(
      """
      SELECT r.phone_number_id, r.throughput, r.origin, r.portfolio_id, \(OutboundSchedule.portfolio("r"))
      FROM replica_senders r WHERE r.sender_id = ? AND r.account_id = ?
      """, sender.text, account
    ) { row in
      (
        number: try row.optionalText(0), told: try row.optionalInt(1), origin: try row.optionalText(2),
        portfolioID: try row.optionalText(3), portfolio: try row.text(4)
      )
    }
    guard let found else { return nil }
    let usual = found.origin == "coexistence" ? SenderRate.coexistence : SenderRate.standard
    let rate = max(found.told ?? usual, 1)
    let (limit, isAssumed) = try PortfolioSlots.limit(of: sender.text, connection)
    let usage = try PortfolioSlots.usage(portfolio: found.portfolio, at: now, connection)
    return SenderLimits(
      senderID: sender,
      throughput: SenderLimits.Throughput(
        perSecond: rate, currentPerSecond: max(Int(Double(rate) * (found.number.map(share) ?? 1)), 1)),
      portfolio: SenderLimits.Portfolio(
        portfolioID: found.portfolioID, used: usage.used, limit: limit == .unlimited ? nil : limit.count,
        isUnlimited: limit == .unlimited, isAssumed: isAssumed,
        nextFreeAt: usage.nextFreeAt.map { Timestamp(milliseconds: $0) }),
      queued: try queued(sender, connection), unknown: try unknown(sender, account, connection),
      pauses: try OutboundGates.closed(sender: sender.text, at: now, connection))
  }

  private static func queued(_ sender: SenderID, _ connection: Connection) throws -> SenderLimits.Queued {
    var queued = SenderLimits.Queued(answers: 0, normal: 0, broadcasts: 0, scheduled: 0, waitingForLimit: 0)
    try connection.forEach(
      """
      SELECT is_scheduled, priority, count(*) FROM messages
      WHERE status = 'queued' AND sender_id = ? GROUP BY is_scheduled, priority
      """, sender.text
    ) { row in
      let count = try row.int(2)
      switch (try row.bool(0), NewMessage.Priority(rawValue: try row.int(1))) {
      case (true, _): queued.scheduled += count
      case (_, .answer): queued.answers += count
      case (_, .broadcast): queued.broadcasts += count
      case (_, .normal), (_, nil): queued.normal += count
      }
    }
    queued.waitingForLimit =
      try connection.first(
        "SELECT count(*) FROM outbound_lanes WHERE sender_id = ? AND needs_slot = 1", sender.text,
        map: { try $0.int(0) }) ?? 0
    return queued
  }

  private static func unknown(_ sender: SenderID, _ account: String, _ connection: Connection) throws -> Int {
    try connection.first(
      "SELECT count(*) FROM messages WHERE status = 'unknown' AND account_id = ? AND sender_id = ?", account,
      sender.text, map: { try $0.int(0) }) ?? 0
  }
}
