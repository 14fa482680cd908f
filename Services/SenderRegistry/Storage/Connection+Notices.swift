import Contracts
import Store

/// Who said what a notice tells.
enum NoticeSource: String {
  case health, reading, event
}

extension Connection {
  /// Puts `reasons` in the place of what this source said before; those from before keep their time.
  func setNotices(_ source: NoticeSource, _ reasons: [SenderReason], of id: SenderID, now: Int64) throws {
    let known = try all(
      "SELECT code, message FROM sender_notices WHERE sender_id = ? AND source = ?", id.text, source.rawValue
    ) { (code: try $0.text(0), message: try $0.text(1)) }
    for old in known where !reasons.contains(where: { $0.code == old.code && $0.message == old.message }) {
      try execute(
        "DELETE FROM sender_notices WHERE sender_id = ? AND source = ? AND code = ? AND message = ?", id.text,
        source.rawValue, old.code, old.message)
    }
    for reason in reasons { try addNotice(source, reason, until: nil, of: id, now: now) }
  }

  /// Adds a notice; one of the same words only gets its new end.
  func addNotice(_ source: NoticeSource, _ reason: SenderReason, until: Int64?, of id: SenderID, now: Int64) throws {
    try execute(
      """
      INSERT INTO sender_notices (sender_id, source, code, message, next_step, until, at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET until = excluded.until, next_step = excluded.next_step
      """, id.text, source.rawValue, reason.code, reason.message, reason.nextStep, until, now)
  }

  func removeNotices(_ source: NoticeSource, codes: [String], of id: SenderID) throws {
    for code in codes {
      try execute(
        "DELETE FROM sender_notices WHERE sender_id = ? AND source = ? AND code = ?", id.text, source.rawValue, code)
    }
  }

  /// What a sender's warnings are now, oldest first.
  func warnings(_ id: SenderID, now: Int64) throws -> [SenderReason] {
    try all(
      """
      SELECT code, message, next_step FROM sender_notices
      WHERE sender_id = ? AND (until IS NULL OR until > ?)
      ORDER BY at, code, message
      LIMIT 20
      """, id.text, now
    ) { SenderReason(code: try $0.text(0), message: try $0.text(1), nextStep: try $0.text(2)) }
  }

  /// Senders with a notice that is over.
  func endedNotices(now: Int64, limit: Int) throws -> [SenderID] {
    try all("SELECT DISTINCT sender_id FROM sender_notices WHERE until <= ? LIMIT ?", now, limit) {
      SenderID(trusted: try $0.text(0))
    }
  }

  /// Brings a sender's warnings up to date with its notices; those that ended are removed.
  func refreshWarnings(of id: SenderID, now: Int64) throws {
    try execute("DELETE FROM sender_notices WHERE sender_id = ? AND until <= ?", id.text, now)
    guard var sender = try sender(id) else {
      try execute("DELETE FROM sender_notices WHERE sender_id = ?", id.text)
      return
    }
    let warnings = try warnings(id, now: now)
    guard warnings != sender.warnings else { return }
    try tell(newWarnings: warnings, of: sender, now: now)
    sender.warnings = warnings
    sender.updatedAt = now
    try update(sender, now: now)
  }

  /// An event for each warning whose code the sender did not have.
  func tell(newWarnings warnings: [SenderReason], of sender: SenderRow, now: Int64) throws {
    var told = Set(sender.warnings.map(\.code))
    for warning in warnings where told.insert(warning.code).inserted {
      try addEvent(
        "sender.warning", .warning, account: sender.accountID, sender: sender.id,
        "\(warning.message) \(warning.nextStep)", after: warning.code, now: now)
    }
  }
}
