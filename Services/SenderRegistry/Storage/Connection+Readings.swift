import Contracts
import Store

extension Connection {
  /// Takes in what Meta told of a number: state, rating, limit, throughput, name. Everything that changed is told and
  /// remembered in this transaction. A reading that changed nothing costs one small write and no version.
  @discardableResult
  func take(_ reading: MetaReading, of id: SenderID, source: ReadingSource, now: Int64) throws -> SenderRow {
    guard var sender = try sender(id) else { throw SenderRefusal.notConnected }
    let old = sender
    sender.condition = try SenderTransition.apply(
      .numberRead(reading.state, health: reading.health), to: old.condition, isEnabled: old.isEnabled
    ).get()
    try setReadFailures(ReadFailures(), of: id)
    try setNotices(.health, reading.health.warnings, of: id, now: now)
    try setNotices(.reading, [], of: id, now: now)
    sender.warnings = try warnings(id, now: now)
    try note(.qualityRating, \.qualityRating, reading.qualityRating, &sender, source, now: now)
    try nameRead(reading.newNameStatus, of: id, now: now)
    let nameStatus = sender.requestedDisplayName == nil ? reading.nameStatus : reading.requestedNameStatus
    try note(.nameStatus, \.nameStatus, nameStatus, &sender, source, now: now)
    if let throughput = reading.throughput(for: sender.origin), throughput != sender.throughput {
      let before = sender.throughput.map(String.init)
      sender.throughput = throughput
      try addReading(.throughput, before: before, after: String(throughput), of: sender, source, now: now)
    }
    let limit = reading.messagingLimit
    try note(.messagingLimit, \.messagingLimit, limit, &sender, source, now: now)
    sender.stateReadAt = now
    guard sender.differs(from: old) else {
      try execute("UPDATE senders SET state_read_at = ? WHERE id = ?", now, id.text)
      try plan(sender, now: now)
      return sender
    }
    try tell(newWarnings: sender.warnings, of: old, now: now)
    try store(&sender, after: "number_read", from: old, now: now)
    if let limit, limit != old.messagingLimit, old.messagingLimit != nil { try askNeighbours(of: sender, now: now) }
    return sender
  }

  /// Applies a limit that Meta told of an account. It is the portfolio's: every number of it has it.
  func take(limit: String, wabaID: String, now: Int64) throws {
    // Those of the WABA, and within each of their accounts those of the same portfolio.
    let concerned = try all(
      """
      WITH own AS (SELECT id, account_id, business_id FROM senders WHERE waba_id = ?1 AND deleted_at IS NULL)
      SELECT id FROM senders
      WHERE deleted_at IS NULL AND phone_number_id IS NOT NULL AND messaging_limit IS NOT ?2
        AND (waba_id = ?1 OR (account_id, business_id) IN (
          SELECT account_id, business_id FROM own WHERE business_id IS NOT NULL))
      """, wabaID, limit
    ) { SenderID(trusted: try $0.text(0)) }
    for id in concerned {
      guard var sender = try sender(id) else { continue }
      try note(.messagingLimit, \.messagingLimit, limit, &sender, .webhook, now: now)
      sender.updatedAt = now
      try update(sender, now: now)
    }
  }

  /// The other numbers of a sender's portfolio have the same limit: each is asked about soon. What one of them told is
  /// not written down for the others, or two that Meta answers differently for would overwrite each other for ever.
  private func askNeighbours(of sender: SenderRow, now: Int64) throws {
    for id in try neighbours(of: sender) where id != sender.id {
      guard let other = try self.sender(id), other.messagingLimit != sender.messagingLimit else { continue }
      try hintPoll(other, at: now + Int64.random(in: 500...10_000))
    }
  }

  /// Numbers of the same portfolio. Which portfolio a number belongs to was told by a browser, so it is believed within
  /// the account only; which WABA it belongs to was proven.
  private func neighbours(of sender: SenderRow) throws -> [SenderID] {
    var found: [SenderID] = []
    if let wabaID = sender.wabaID { found += try senderIDs(ofAccount: wabaID) }
    if let portfolio = sender.businessID {
      found += try all(
        "SELECT id FROM senders WHERE account_id = ? AND business_id = ? AND deleted_at IS NULL LIMIT 1000",
        sender.accountID.text, portfolio
      ) { SenderID(trusted: try $0.text(0)) }
    }
    return found
  }

  /// Whether the account knows a limit already, from another number of the same portfolio: told once is enough.
  private func knows(limit: String, of sender: SenderRow) throws -> Bool {
    try first(
      """
      SELECT 1 FROM senders
      WHERE account_id = ? AND id <> ? AND messaging_limit = ? AND deleted_at IS NULL
        AND (business_id = ? OR waba_id = ?)
      LIMIT 1
      """, sender.accountID.text, sender.id.text, limit, sender.businessID, sender.wabaID, map: { _ in true }) ?? false
  }

  private func note(
    _ field: ReadingField, _ path: WritableKeyPath<SenderRow, String?>, _ new: String?, _ sender: inout SenderRow,
    _ source: ReadingSource, now: Int64
  ) throws {
    guard let new, new != sender[keyPath: path] else { return }
    let before = sender[keyPath: path]
    sender[keyPath: path] = new
    try addReading(field, before: before, after: new, of: sender, source, now: now)
  }

  /// Remembers a change, and tells the account of it where it matters.
  private func addReading(
    _ field: ReadingField, before: String?, after: String, of sender: SenderRow, _ source: ReadingSource, now: Int64
  ) throws {
    try execute(
      "INSERT INTO sender_readings (sender_id, field, before, after, source, at) VALUES (?, ?, ?, ?, ?, ?)",
      sender.id.text, field.rawValue, before, after, source.rawValue, now)
    guard let alert = field.alert(before: before, after: after) else { return }
    if field == .messagingLimit, try knows(limit: after, of: sender) { return }
    try addEvent(
      alert.kind, alert.severity, account: sender.accountID, sender: sender.id, alert.message, before: before,
      after: after, now: now)
  }

  /// Changes of a sender's readings, newest first, with their places.
  func readings(
    _ id: SenderID, field: String?, before: Int64, limit: Int
  ) throws -> [(sequence: Int64, reading: SenderReading)] {
    try all(
      """
      SELECT sequence, field, before, after, source, at FROM sender_readings
      WHERE sender_id = ? AND sequence < ? AND (?3 IS NULL OR field = ?3)
      ORDER BY sequence DESC
      LIMIT ?
      """, id.text, before, field, limit
    ) { row in
      (
        try row.int64(0),
        SenderReading(
          field: try row.text(1), before: try row.optionalText(2), after: try row.text(3), source: try row.text(4),
          at: Timestamp(milliseconds: try row.int64(5)))
      )
    }
  }

  /// Senders, of whatever accounts, whose number is in a WhatsApp Business Account.
  func senderIDs(ofAccount wabaID: String) throws -> [SenderID] {
    try all("SELECT id FROM senders WHERE waba_id = ? AND deleted_at IS NULL LIMIT 1000", wabaID) {
      SenderID(trusted: try $0.text(0))
    }
  }
}

extension SenderRow {
  /// Whether anything that people or other services see has changed; when it was read does not count.
  func differs(from other: SenderRow) -> Bool {
    condition != other.condition || warnings != other.warnings || qualityRating != other.qualityRating
      || messagingLimit != other.messagingLimit || throughput != other.throughput || nameStatus != other.nameStatus
  }
}
