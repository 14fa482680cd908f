import Store

/// How many people a portfolio may still write to first: read once in a turn, kept while places are reserved.
struct PortfolioBudget: Sendable {
  let portfolio: String
  private let wabaID: String?
  private let phoneNumberID: String
  private let limit: PortfolioLimit
  private var used: Int
  private let told: Int
  private var nextFreeAt: Int64?
  private var isFull = false

  /// A full portfolio is looked at again when its oldest place is a day old, and not more often than this.
  static let shortestWait: Int64 = 1_000

  init(_ sender: DueSender, at now: Int64, _ connection: Connection) throws {
    portfolio = sender.portfolio
    wabaID = sender.wabaID
    phoneNumberID = sender.phoneNumberID
    limit = try PortfolioSlots.limit(of: sender.id, connection).limit
    try PortfolioSlots.clear(portfolio: portfolio, at: now, connection)
    (used, told, nextFreeAt) = try PortfolioSlots.usage(portfolio: portfolio, at: now, connection)
  }

  /// Reserves a place for the send's contact, in the transaction that marks it `sending`. False when the portfolio is
  /// full. Somebody who was written to within the day has one already, which lasts a day from now.
  mutating func reserve(_ row: OutboundRow, at now: Int64, _ connection: Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE portfolio_slots SET earlier_at = reserved_at, reserved_at = ?1, message_id = ?2
      WHERE contact_id = ?3 AND reserved_at > ?4
      """, now, row.id, row.contact, now - PortfolioLimit.day)
    if connection.changes == 1 { return true }
    guard used < limit.count else {
      isFull = true
      return false
    }
    // One of the same contact that is over, or of the time before its portfolio was known.
    try connection.execute("DELETE FROM portfolio_slots WHERE contact_id = ?", row.contact)
    try connection.execute(
      "INSERT INTO portfolio_slots (contact_id, portfolio, reserved_at, message_id) VALUES (?, ?, ?, ?)", row.contact,
      portfolio, now, row.id)
    used += 1
    nextFreeAt = nextFreeAt ?? now + PortfolioLimit.day
    // What other senders of the portfolio have for the same person needs no place of its own any more.
    try connection.execute(
      """
      UPDATE outbound_lanes SET needs_slot = 0
      WHERE needs_slot = 1 AND conversation_id IN (
        SELECT id FROM conversations WHERE contact_id = ? AND id <> ?)
      """, row.contact, row.conversation)
    return true
  }

  /// Closes the portfolio's gate when it is full, and tells the account when 80 % or all of it is used up.
  /// True when there is something to tell.
  func settle(at now: Int64, _ connection: Connection) throws -> Bool {
    if isFull {
      let until = max(nextFreeAt ?? now, now + Self.shortestWait)
      try OutboundGates.close(
        "portfolio", portfolio, until: until, code: "PORTFOLIO_LIMIT_REACHED",
        message: "\(used) people were written to first within 24 hours: Meta allows no more of them for now.",
        nextStep: "Wait; the limit is raised by Meta when it is used with good quality.", needsAttention: false,
        at: now, connection)
    }
    let step = limit.step(used: used)
    guard step != told else { return false }
    // A little below 80 % it may be told anew; going to and fro around it is one story.
    if step < told, limit.step(used: used + max(limit.count / 20, 1)) >= told { return false }
    try connection.execute("UPDATE portfolio_usage SET told = ? WHERE portfolio = ?", step, portfolio)
    guard step > told, let wabaID else { return false }
    try AccountOutbox.tellUsage(
      used: used, limit: limit.count, told: told, phoneNumberID: phoneNumberID, wabaID: wabaID, at: now, connection)
    return true
  }
}
