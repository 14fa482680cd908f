import Store

/// People whom a portfolio wrote to first in the last 24 hours.
enum PortfolioSlots {
  /// Places of a day ago that are cleared away at once.
  static let clearedAtOnce = 1_000

  /// Gives a place back: the send provably did not leave, or Meta refused it. A place that an earlier send had is left
  /// to it; one that a later send renewed is the later one's.
  static func giveBack(contact: String, message: String, portfolio: String, _ connection: Connection) throws {
    try connection.execute(
      "DELETE FROM portfolio_slots WHERE contact_id = ? AND message_id = ? AND earlier_at IS NULL", contact, message)
    let isFree = connection.changes == 1
    try connection.execute(
      """
      UPDATE portfolio_slots SET reserved_at = earlier_at, earlier_at = NULL
      WHERE contact_id = ? AND message_id = ? AND earlier_at IS NOT NULL
      """, contact, message)
    if isFree { try OutboundGates.open("portfolio", portfolio, connection) }
  }

  /// Clears away places that are a day old.
  static func clear(portfolio: String, at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      """
      DELETE FROM portfolio_slots
      WHERE contact_id IN (
        SELECT contact_id FROM portfolio_slots
        WHERE portfolio = ?1 AND reserved_at <= ?2
        ORDER BY reserved_at LIMIT \(clearedAtOnce))
      """, portfolio, now - PortfolioLimit.day)
  }

  /// How many people count now, and when the first of them does no more.
  static func usage(
    portfolio: String, at now: Int64, _ connection: Connection
  ) throws -> (used: Int, told: Int, nextFreeAt: Int64?) {
    let (used, told) =
      try connection.first(
        "SELECT used, told FROM portfolio_usage WHERE portfolio = ?", portfolio, map: { (try $0.int(0), try $0.int(1)) }
      )
      ?? (0, 0)
    // Places that are over and not cleared away yet.
    let over =
      try connection.first(
        "SELECT count(*) FROM portfolio_slots WHERE portfolio = ? AND reserved_at <= ?", portfolio,
        now - PortfolioLimit.day, map: { try $0.int(0) }) ?? 0
    let oldest = try connection.first(
      "SELECT min(reserved_at) FROM portfolio_slots WHERE portfolio = ? AND reserved_at > ?", portfolio,
      now - PortfolioLimit.day
    ) { try $0.optionalInt64(0) }
    return (used - over, told, (oldest ?? nil).map { $0 + PortfolioLimit.day })
  }

  /// The limit that the portfolio's senders know. Of one that is not online nobody reads it any more: it speaks only
  /// where none is.
  static func limit(
    of sender: String, _ connection: Connection
  ) throws -> (limit: PortfolioLimit, isAssumed: Bool) {
    PortfolioLimit.of(
      try connection.all(
        """
        SELECT DISTINCT n.messaging_limit
        FROM replica_senders r JOIN replica_senders n ON \(OutboundSchedule.samePortfolio("n", as: "r"))
        WHERE r.sender_id = ? AND (n.status = 'online' OR NOT EXISTS (
          SELECT 1 FROM replica_senders o
          WHERE \(OutboundSchedule.samePortfolio("o", as: "r")) AND o.status = 'online'))
        """, sender
      ) { try $0.optionalText(0) })
  }
}
