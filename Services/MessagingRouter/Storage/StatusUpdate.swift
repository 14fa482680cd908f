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
    pricing = status.pricing.map { pricing in
      MessagePricing(
        isBillable: pricing.isBillable, model: pricing.model.map(Self.word), type: pricing.type.map(Self.word),
        category: pricing.category.map(Self.word))
    }
    freeEntryExpiresAt = status.freeEntryExpiresAt
  }

  /// Statuses held for messages that are not known yet; the oldest give way. A send's answer takes seconds, so a
  /// hundred thousand is more than Meta's top rate brings meanwhile.
  static let heldLimit: Int64 = 100_000

  /// How old a failure may be that still says something of what is sent now, in milliseconds.
  static let freshness: Int64 = 600_000

  /// Applies the status to its message, or holds it; idempotent by (message, status).
  static func store(_ status: WebhookStatus, sender: SenderRow, at now: Int64, _ connection: Connection) throws
    -> UpdateOutcome
  {
    let update = StatusUpdate(status)
    if let message = try update.target(sender: sender.id.text, connection) {
      return try update.apply(to: message, at: now, connection)
    }
    let isForgotten = try ForgottenMessages.isForgotten(
      metaMessageID: update.metaMessageID, sender: sender.id.text, connection)
    if isForgotten { return .ignored }
    try connection.execute(
      "INSERT OR IGNORE INTO held_statuses (sender_id, meta_message_id, status, payload, at) VALUES (?, ?, ?, ?, ?)",
      sender.id.text, update.metaMessageID, update.status, try JSONCoder.encode(update.forHolding), now)
    if connection.changes == 0 { return .duplicate }
    // Messages that another program sends from this number are never ours: their statuses give way.
    try connection.execute("DELETE FROM held_statuses WHERE id <= ?", connection.lastInsertRowID - heldLimit)
    return .held
  }

  /// Without the person, where our own id came along: the message is stored before it is sent, so it has been deleted,
  /// and nobody is to be learned of by it.
  private var forHolding: StatusUpdate {
    guard callbackData?.hasPrefix("msg_") == true else { return self }
    var held = self
    held.recipient = nil
    held.recipientUserID = nil
    held.recipientParentUserID = nil
    return held
  }

  /// Meta's words travel in events of bounded size.
  private static func shortened(_ words: String) -> String { String(words.prefix(1_000)) }

  /// A value of one of Meta's enums, of bounded size.
  private static func word(_ word: String) -> String { String(word.prefix(64)) }

  /// Applies statuses that came before the send's answer was stored.
  static func joinHeld(message: String, sender: String, metaMessageID: String, at now: Int64, _ connection: Connection)
    throws
  {
    let held = try connection.all(
      "SELECT payload FROM held_statuses WHERE sender_id = ? AND meta_message_id = ? ORDER BY id", sender, metaMessageID
    ) { try JSONCoder.decode(StatusUpdate.self, from: try $0.blob(0)) }
    if held.isEmpty { return }
    for update in held {
      guard let state = try MessageState.find(id: message, connection) else { return }
      _ = try update.apply(to: state, at: now, connection)
    }
    try connection.execute(
      "DELETE FROM held_statuses WHERE sender_id = ? AND meta_message_id = ?", sender, metaMessageID)
  }

  /// Our message: by our own id that travelled along, else by Meta's id.
  private func target(sender: String, _ connection: Connection) throws -> MessageState? {
    if let callbackData,
      let state = try connection.first(
        """
        SELECT \(MessageState.columns) FROM messages m \(MessageState.joins)
        WHERE m.id = ? AND m.sender_id = ? AND m.direction = 'outbound'
        """, callbackData, sender, map: MessageState.init)
    {
      return state
    }
    return try connection.first(
      """
      SELECT \(MessageState.columns) FROM messages m \(MessageState.joins)
      WHERE m.sender_id = ? AND m.meta_message_id = ? AND m.direction = 'outbound'
      """, sender, metaMessageID, map: MessageState.init)
  }

  private func apply(to message: MessageState, at now: Int64, _ connection: Connection) throws -> UpdateOutcome {
    guard let news = MessageStatus(rawValue: status), Self.told.contains(news) else { return .ignored }
    var message = message
    if message.metaMessageID == nil,
      try AppEcho.absorb(
        into: message.id, sender: message.sender.text, metaMessageID: metaMessageID, connection),
      let joined = try MessageState.find(id: message.id, connection)
    {
      message = joined
    }
    // The status webhook is the proof that settles an unknown send: Meta's id is learned from it.
    message.learn(metaMessageID: metaMessageID)
    var outcome = UpdateOutcome.duplicate
    for step in StatusLadder.steps(for: news, hasDelivered: message.told.contains(.delivered)) {
      let isNew = try message.take(
        step.status, isSynthesized: step.isSynthesized, error: step.status == .failed ? error : nil,
        // A moment that has not come yet would only puzzle whoever reads the event.
        providerAt: min(providerAt, now), told: self, at: now, connection)
      if isNew { outcome = .stored }
    }
    if outcome == .duplicate { return outcome }
    try message.store(pricing: try pricing.map { try JSONCoder.encode($0) }, at: now, connection)
    if news == .failed, let errorCode { try concern(message, errorCode, at: now, connection) }
    return outcome
  }

  /// What Meta's statuses may say.
  private static let told: Set<MessageStatus> = [.sent, .delivered, .read, .played, .failed]

  private var error: MessageError {
    SendErrors.error(forMeta: errorCode, title: errorTitle, details: errorDetails)
  }

  /// A failure that is about more than its message holds the rest back as the same answer to a send would.
  private func concern(_ message: MessageState, _ code: Int, at now: Int64, _ connection: Connection) throws {
    guard now - providerAt < Self.freshness, let pause = SendPolicy.pause(forMeta: code, error, at: now) else {
      return
    }
    let account = try connection.first(
      "SELECT waba_id FROM replica_senders WHERE sender_id = ?", message.sender.text
    ) { try $0.optionalText(0) }
    try OutboundGates.close(
      pause, sender: message.sender.text, account: account ?? nil, conversation: message.conversation.text, at: now,
      connection)
  }
}
