import Contracts
import GraphAPI
import Store

/// An outbound message on its way to Meta.
struct OutboundRow: Sendable {
  var id: String
  var sender: String
  var phoneNumberID: String
  var sealedToken: String
  /// Nil when the contact's number went to somebody else meanwhile and no user id is known.
  var recipient: MessageRecipient?
  var body: OutboundBody
  /// What of the customer is not known yet: the answer may tell.
  var learnsPhone: Bool
  var learnsUser: Bool
  /// Sends begun, this one included.
  var attempts: Int

  /// Takes due messages of online senders and marks them `sending`: committed before the first byte leaves.
  /// One message of a conversation at a time, so that they arrive in the order they were queued; senders take turns.
  static func take(limit: Int, at now: Int64, _ connection: Connection) throws -> [OutboundRow] {
    let senders = try connection.all(OutboundSchedule.dueSenders, now, limit) { try $0.text(0) }
    var bySender = try senders.map { sender in
      try connection.all(OutboundSchedule.dueMessages, sender, now, limit, map: Self.init)[...]
    }
    var taken: [OutboundRow] = []
    while taken.count < limit, bySender.contains(where: { !$0.isEmpty }) {
      for index in bySender.indices where taken.count < limit {
        guard let row = bySender[index].popFirst() else { continue }
        try connection.execute(
          "UPDATE messages SET status = 'sending', send_attempts = ?, updated_at = ? WHERE id = ?", row.attempts, now,
          row.id)
        taken.append(row)
      }
    }
    return taken
  }

  /// When the next message that may be sent falls due; nil when none waits.
  static func nextDue(_ connection: Connection) throws -> Int64? {
    try connection.first(OutboundSchedule.nextDue) { try $0.int64(0) }
  }

  private init(_ row: Row) throws {
    id = try row.text(0)
    sender = try row.text(1)
    phoneNumberID = try row.text(2)
    sealedToken = try row.text(3)
    let (phone, user) = (try row.optionalText(4), try row.optionalText(5))
    recipient = phone.map { .phone($0) } ?? user.map { .user($0) }
    learnsPhone = phone == nil
    learnsUser = user == nil
    attempts = try row.int(6) + 1
    body = try OutboundBody(row, from: 7)
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

  /// At start-up: a send that was under way when the process died may have reached Meta. Never resent.
  static func markInterrupted(at now: Int64, _ connection: Connection) throws -> Int {
    try connection.execute("UPDATE messages SET status = 'unknown', updated_at = ? WHERE status = 'sending'", now)
    return connection.changes
  }

  /// Stores what came of a send. A status webhook may have been faster: the status never goes back.
  func finish(_ outcome: SendOutcome, at now: Int64, _ connection: Connection) throws {
    switch outcome {
    case .accepted(let accepted):
      let metaMessageID = accepted.id
      try AppEcho.absorb(into: id, sender: sender, metaMessageID: metaMessageID, connection)
      try connection.execute(
        "UPDATE messages SET meta_message_id = ?, updated_at = ? WHERE id = ? AND meta_message_id IS NULL",
        metaMessageID, now, id)
      try AcceptedSend.learn(
        accepted, message: id, phone: learnsPhone, user: learnsUser, at: now, connection)
      try connection.execute(
        "UPDATE messages SET status = 'accepted' WHERE id = ? AND status IN ('sending', 'unknown')", id)
      try ConversationEvents.spoke(message: id, at: now, connection)
      try StatusUpdate.joinHeld(message: id, sender: sender, metaMessageID: metaMessageID, at: now, connection)
    case .unknown:
      try connection.execute(
        "UPDATE messages SET status = 'unknown', updated_at = ? WHERE id = ? AND status = 'sending'", now, id)
    case .retry(let dueAt, let error):
      try connection.execute(
        "UPDATE messages SET status = 'queued', due_at = ?, updated_at = ? WHERE id = ? AND status = 'sending'", dueAt,
        now, id)
      if connection.changes == 1 { try MessageStep.store(error, of: id, connection) }
    case .failed(let error):
      let isSending = try connection.first(
        "SELECT 1 FROM messages WHERE id = ? AND status IN ('sending', 'queued')", id, map: { _ in true })
      if isSending == true {
        _ = try MessageStep.record(.failed, of: id, error: error, at: now, connection)
        if let code = error.metaCode { try TemplateStale.refused(message: id, code: code, at: now, connection) }
      }
    }
  }
}
