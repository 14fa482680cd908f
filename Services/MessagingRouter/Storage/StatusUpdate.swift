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

  init(_ status: WebhookStatus) {
    metaMessageID = status.id
    self.status = status.status
    providerAt = status.timestamp
    recipient = status.recipientID
    callbackData = status.callbackData
    errorCode = status.errorCode
    errorTitle = status.errorTitle.map(Self.shortened)
    errorDetails = status.errorDetails.map(Self.shortened)
  }

  /// Statuses held for messages that are not known yet; the oldest give way. A send's answer takes seconds, so a
  /// hundred thousand is more than Meta's top rate brings meanwhile.
  static let heldLimit: Int64 = 100_000

  /// Applies the status to its message, or holds it; idempotent by (message, status).
  static func store(_ status: WebhookStatus, at now: Int64, _ connection: Connection) throws -> UpdateOutcome {
    guard let sender = try SenderRow.find(phoneNumberID: status.phoneNumberID, connection) else {
      return .unknownNumber
    }
    let update = StatusUpdate(status)
    if let message = try update.target(sender: sender.id.text, connection) {
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

  /// Our message: by our own id that travelled along, else by Meta's id.
  private func target(sender: String, _ connection: Connection) throws -> String? {
    if let callbackData,
      let id = try connection.first(
        "SELECT id FROM messages WHERE id = ? AND sender_id = ? AND direction = 'outbound'", callbackData, sender,
        map: { try $0.text(0) })
    {
      return id
    }
    return try connection.first(
      "SELECT id FROM messages WHERE sender_id = ? AND meta_message_id = ? AND direction = 'outbound'", sender,
      metaMessageID, map: { try $0.text(0) })
  }

  private func apply(to message: String, at now: Int64, _ connection: Connection) throws -> UpdateOutcome {
    guard let news = MessageStatus(rawValue: status), news.rank >= MessageStatus.sent.rank else { return .ignored }
    // The status webhook is the proof that settles an unknown send: Meta's id is learned from it.
    try connection.execute(
      "UPDATE messages SET meta_message_id = ? WHERE id = ? AND meta_message_id IS NULL", metaMessageID, message)
    let hasDelivered =
      try connection.first(
        "SELECT 1 FROM message_statuses WHERE message_id = ? AND status = 'delivered'", message, map: { _ in true })
      ?? false
    var outcome = UpdateOutcome.duplicate
    for step in StatusLadder.steps(for: news, hasDelivered: hasDelivered) {
      let isNew = try MessageStep.record(
        step.status, of: message, isSynthesized: step.isSynthesized, error: step.status == .failed ? error : nil,
        // A moment that has not come yet would only puzzle whoever reads the event.
        providerAt: min(providerAt, now), recipient: recipient, at: now, connection)
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
