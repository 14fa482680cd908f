import Contracts
import GraphAPI
import JSON
import Store

/// A step of an outbound message as Meta told it, in the form it is held in until its message is known.
struct StatusUpdate: Codable, Sendable {
  var metaMessageID: String
  var status: String
  var providerAt: Int64
  var recipient: String?
  var callbackData: String?
  var errorCode: Int?
  var errorTitle: String?
  var errorDetails: String?
  var recipientUserID: String?
  var recipientParentUserID: String?
  var pricing: MessagePricing?
  /// Until when Meta says that the free entry point lasts, in milliseconds.
  var freeEntryExpiresAt: Int64?

  init(_ status: WebhookStatus) {
    metaMessageID = status.id
    self.status = status.status
    providerAt = status.timestamp
    recipient = status.recipient.number
    recipientUserID = status.recipient.userID
    recipientParentUserID = status.recipient.parentUserID
    callbackData = status.callbackData
    errorCode = status.errorCode
    errorTitle = status.errorTitle.map(Self.shortened)
    errorDetails = status.errorDetails.map(Self.shortened)
    pricing = status.pricing.map {
      MessagePricing(isBillable: $0.isBillable, model: $0.model, type: $0.type, category: $0.category)
    }
    freeEntryExpiresAt = status.freeEntryExpiresAt
  }

  /// Statuses held for messages that are not known yet; the oldest give way. A send's answer takes seconds, so a
  /// hundred thousand is more than Meta's top rate brings meanwhile.
  static let heldLimit: Int64 = 100_000

  /// Applies the status to its message, or holds it; idempotent by (message, status).
  static func store(_ status: WebhookStatus, sender: SenderRow, at now: Int64, _ connection: Connection) throws
    -> UpdateOutcome
  {
    let update = StatusUpdate(status)
    if let (message, isNamed) = try update.target(sender: sender.id.text, connection) {
      // The status webhook is the proof that settles an unknown send: Meta's id is learned from it.
      if !isNamed { try update.name(message, sender: sender.id.text, connection) }
      return try update.apply(to: message, at: now, connection)
    }
    try connection.execute(
      "INSERT OR IGNORE INTO held_statuses (sender_id, meta_message_id, status, payload, at) VALUES (?, ?, ?, ?, ?)",
      sender.id.text, update.metaMessageID, update.status, try JSONCoder.encode(update), now)
    if connection.changes == 0 { return .duplicate }
    // Messages that another program sends from this number are never ours: their statuses give way.
    try connection.execute("DELETE FROM held_statuses WHERE id <= ?", connection.lastInsertRowID - heldLimit)
    return .held
  }

  /// Meta's words travel in events of bounded size.
  private static func shortened(_ words: String) -> String { String(words.prefix(1_000)) }

  /// Applies statuses that came before the send's answer was stored.
  static func joinHeld(message: String, sender: String, metaMessageID: String, at now: Int64, _ connection: Connection)
    throws
  {
    let held = try connection.all(
      "SELECT payload FROM held_statuses WHERE sender_id = ? AND meta_message_id = ? ORDER BY id", sender, metaMessageID
    ) { try JSONCoder.decode(StatusUpdate.self, from: try $0.blob(0)) }
    if held.isEmpty { return }
    for update in held { _ = try update.apply(to: message, at: now, connection) }
    try connection.execute(
      "DELETE FROM held_statuses WHERE sender_id = ? AND meta_message_id = ?", sender, metaMessageID)
  }

  /// Our message: by our own id that travelled along, else by Meta's id. And whether Meta's id of it is known.
  private func target(sender: String, _ connection: Connection) throws -> (message: String, isNamed: Bool)? {
    if let callbackData,
      let found = try connection.first(
        "SELECT id, meta_message_id IS NOT NULL FROM messages WHERE id = ? AND sender_id = ? AND direction = 'outbound'",
        callbackData, sender, map: { (try $0.text(0), try $0.bool(1)) })
    {
      return found
    }
    return try connection.first(
      "SELECT id FROM messages WHERE sender_id = ? AND meta_message_id = ? AND direction = 'outbound'", sender,
      metaMessageID, map: { (try $0.text(0), true) })
  }

  /// Takes note of Meta's id.
  private func name(_ message: String, sender: String, _ connection: Connection) throws {
    try AppEcho.absorb(into: message, sender: sender, metaMessageID: metaMessageID, connection)
    try connection.execute(
      "UPDATE messages SET meta_message_id = ? WHERE id = ? AND meta_message_id IS NULL", metaMessageID, message)
  }

  private func apply(to message: String, at now: Int64, _ connection: Connection) throws -> UpdateOutcome {
    guard let news = MessageStatus(rawValue: status), news.rank >= MessageStatus.sent.rank,
      news != .expired, news != .cancelled
    else { return .ignored }
    var hasDelivered = false
    if news == .read || news == .played {
      hasDelivered =
        try connection.first(
          "SELECT 1 FROM message_statuses WHERE message_id = ? AND status = 'delivered'", message, map: { _ in true })
        ?? false
    }
    var outcome = UpdateOutcome.duplicate
    for step in StatusLadder.steps(for: news, hasDelivered: hasDelivered) {
      let isNew = try MessageStep.record(
        step.status, of: message, isSynthesized: step.isSynthesized, error: step.status == .failed ? error : nil,
        // A moment that has not come yet would only puzzle whoever reads the event.
        providerAt: min(providerAt, now), told: self, at: now, connection)
      if isNew { outcome = .stored }
    }
    return outcome
  }

  private var error: MessageError {
    MessageError(
      code: SendErrors.code(forMeta: errorCode ?? 0), message: SendErrors.explain(errorCode ?? 0), metaCode: errorCode,
      metaTitle: errorTitle, metaDetails: errorDetails)
  }
}
