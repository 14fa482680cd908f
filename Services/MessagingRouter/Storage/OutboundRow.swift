import Contracts
import GraphAPI
import Store

/// An outbound message on its way to Meta.
struct OutboundRow: Sendable {
  /// Its place in the order in which messages were stored.
  var sequence: Int64
  var id: String
  var conversation: String
  var contact: String
  /// Nil when the contact's number went to somebody else meanwhile and no user id is known.
  var recipient: MessageRecipient?
  var body: OutboundBody
  /// The template's, lower case.
  var category: String?
  /// What of the customer is not known yet: the answer may tell.
  var learnsPhone: Bool
  var learnsUser: Bool
  /// Sends begun, this one included.
  var attempts: Int
  /// Earlier sends that Meta refused with a passing error.
  var refusals: Int
  var dueAt: Int64
  var windowExpiresAt: Int64
  /// The end of its own time; nil leaves it to the service's setting.
  var expiresAt: Int64?
  /// When it might have gone for the first time.
  var wantedAt: Int64
  /// The pair rate's due time, and Meta's refusals in a row.
  var pairDue: Int64
  var pairTries: Int
  /// Who sends it.
  var sender = DueSender.nobody
  /// Whether this send holds a place among the portfolio's people of the day.
  var hasSlot = false

  static let columns = """
    m.sequence, m.id, l.conversation_id, c.contact_id, p.phone_number, p.user_id, m.send_attempts,
    l.due_at, coalesce(c.window_expires_at, 0), m.expires_at, coalesce(m.send_at, m.created_at), c.pair_due,
    c.pair_tries, \(OutboundBody.columns), m.category, m.send_refusals
    """

  init(_ row: Row) throws {
    sequence = try row.int64(0)
    id = try row.text(1)
    conversation = try row.text(2)
    contact = try row.text(3)
    let (phone, user) = (try row.optionalText(4), try row.optionalText(5))
    recipient = phone.map { .phone($0) } ?? user.map { .user($0) }
    learnsPhone = phone == nil
    learnsUser = user == nil
    attempts = try row.int(6) + 1
    dueAt = try row.int64(7)
    windowExpiresAt = try row.int64(8)
    expiresAt = try row.optionalInt64(9)
    wantedAt = try row.int64(10)
    pairDue = try row.int64(11)
    pairTries = try row.int(12)
    do {
      body = try OutboundBody(row, from: 13)
    } catch let failure as StoreFailure {
      throw failure
    } catch {
      // Unreadable contents must not hold up whatever else is due: this one fails when it is written.
      body = OutboundBody(type: try row.text(13), text: nil, content: nil)
    }
    category = try row.optionalText(17)
    refusals = try row.int(18)
  }

  /// Templates may be sent at any time, everything else only inside the customer's window.
  var isTemplate: Bool { body.type == "template" }

  /// Marks it `sending`: committed before its first byte leaves.
  func begin(at now: Int64, _ connection: Connection) throws {
    let bucket = PairRate.bucket
    let due = bucket.spent(1, bucket.bounded(pairDue, at: now), at: now)
    // First, so that the lane which is made when this send ends knows of it.
    try connection.execute(
      "UPDATE conversations SET pair_due = ?, pair_free_at = ? WHERE id = ?", due, bucket.free(due), conversation)
    try connection.execute(
      "UPDATE messages SET status = 'sending', send_attempts = ?, is_uploading = ?, updated_at = ? WHERE sequence = ?",
      attempts, !body.mediaIDs.isEmpty, now, sequence)
  }

  /// Its files are at Meta, and it goes there now.
  func leave(_ connection: Connection) throws {
    try connection.execute("UPDATE messages SET is_uploading = 0 WHERE sequence = ?", sequence)
  }

  /// Stores what came of a send. A status webhook may have been faster: the status never goes back.
  func finish(_ outcome: SendOutcome, pause: SendPause? = nil, at now: Int64, _ connection: Connection) throws {
    if let pause {
      try OutboundGates.close(
        pause, sender: sender.id, account: sender.wabaID, conversation: conversation, at: now, connection)
    }
    switch outcome {
    case .accepted(let accepted):
      let metaMessageID = accepted.id
      try AppEcho.absorb(into: id, sender: sender.id, metaMessageID: metaMessageID, connection)
      try connection.execute(
        """
        UPDATE messages
        SET meta_message_id = coalesce(meta_message_id, ?), updated_at = ?,
          -- why an earlier try was refused is over with it
          error_code = CASE WHEN status IN ('sending', 'unknown') THEN NULL ELSE error_code END,
          status = CASE WHEN status IN ('sending', 'unknown') THEN 'accepted' ELSE status END
        WHERE sequence = ?
        """, metaMessageID, now, sequence)
      try AcceptedSend.learn(accepted, message: id, phone: learnsPhone, user: learnsUser, at: now, connection)
      try ConversationEvents.spoke(message: id, at: now, connection)
      if pairTries > 0 {
        try connection.execute("UPDATE conversations SET pair_tries = 0 WHERE id = ?", conversation)
      }
      if sender.isProbing { try OutboundGates.open("sender", sender.id, connection) }
      try StatusUpdate.joinHeld(message: id, sender: sender.id, metaMessageID: metaMessageID, at: now, connection)
    case .unknown:
      try UnknownMessages.become(sequence: sequence, at: now, connection)
    case .retry(let dueAt, let error):
      try connection.execute(
        """
        UPDATE messages
        SET status = 'queued', due_at = ?, updated_at = ?, error_code = ?, error_message = ?, error_meta_code = ?,
          error_meta_title = ?, error_meta_details = ?, error_is_retriable = ?, error_next_step = ?,
          send_refusals = send_refusals + ?
        WHERE sequence = ? AND status = 'sending'
        """, dueAt, now, error.code, error.message, error.metaCode, error.metaTitle, error.metaDetails,
        error.isRetriable, error.nextStep, SendPolicy.counts(error), sequence)
      guard connection.changes == 1 else { return }
      if hasSlot {
        try PortfolioSlots.giveBack(contact: contact, message: id, portfolio: sender.portfolio, connection)
      }
      try BroadcastFeed.cameBack(id, at: now, connection)
    case .failed(let error):
      guard try end(.failed, error, at: now, connection) else { return }
      if hasSlot {
        try PortfolioSlots.giveBack(contact: contact, message: id, portfolio: sender.portfolio, connection)
      }
    }
  }

  /// Ends it here, unless a status webhook has told of it meanwhile.
  func end(_ status: MessageStatus, _ error: MessageError, at now: Int64, _ connection: Connection) throws -> Bool {
    let isOurs = try connection.first(
      "SELECT 1 FROM messages WHERE sequence = ? AND status IN ('sending', 'queued')", sequence, map: { _ in true })
    guard isOurs == true else { return false }
    return try MessageStep.record(status, of: id, error: error, at: now, connection)
  }

  /// Fails what assistants other than `assistant` have said for a sender and what is not on its way yet: an assistant
  /// that was switched off does not speak. Answers how many messages that were.
  static func withdrawReplies(
    of sender: SenderID, except assistant: AssistantID?, at now: Int64, _ connection: Connection
  ) throws -> Int {
    let queued = try connection.all(
      """
      SELECT id FROM messages
      WHERE status = 'queued' AND sender_id = ? AND assistant_id IS NOT NULL AND assistant_id IS NOT ?
      """, sender.text, assistant?.text, limit: 1_000_000
    ) { try $0.text(0) }
    let error = MessageError(
      code: "ASSISTANT_SWITCHED_OFF", message: "The assistant was switched off before this was sent.")
    for id in queued { _ = try MessageStep.record(.failed, of: id, error: error, at: now, connection) }
    return queued.count
  }
}
