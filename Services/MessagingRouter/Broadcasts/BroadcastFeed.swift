import Contracts
import JSON
import Store

/// Makes messages of recipients. A recipient gets its message, and a message its recipient, in one transaction: whenever
/// the process dies, each recipient has one message or none.
struct BroadcastFeed {
  /// What one step did.
  struct Step: Sendable, Equatable {
    var fed = 0
    var skipped = 0
  }

  /// Recipients in one transaction.
  static let atOnce = 200
  /// How long a message may wait for the portfolio's limit once it is queued, in milliseconds.
  static let lifetime: Int64 = 72 * 3_600_000

  private let row: BroadcastRow
  private let content: BroadcastContent
  private let sender: SenderRow
  private let now: Int64
  private let connection: Connection

  /// Feeds the next `limit` recipients that wait.
  static func run(_ row: BroadcastRow, limit: Int, at now: Int64, _ connection: Connection) throws -> Step {
    guard let sender = try SenderRow.find(id: row.broadcast.senderID, account: row.account, connection) else {
      return Step()
    }
    let feed = BroadcastFeed(
      row: row, content: BroadcastContent(row), sender: sender, now: now, connection: connection)
    return try feed.run(min(limit, atOnce))
  }

  private func run(_ limit: Int) throws -> Step {
    let waiting = try connection.all(
      """
      SELECT sequence, recipient, name, variables FROM broadcast_recipients
      WHERE broadcast = ? AND state = 'pending' ORDER BY sequence LIMIT ?
      """, row.number, limit
    ) { (try $0.int64(0), try $0.text(1), try $0.optionalText(2), try $0.optionalBlob(3)) }
    var step = Step()
    for (sequence, recipient, name, variables) in waiting {
      let own = try variables.map { try JSONCoder.decode([String: String].self, from: $0) } ?? [:]
      if let reason = try feed(sequence, recipient, name: name, own) {
        try connection.execute(
          "UPDATE broadcast_recipients SET state = 'skipped', reason = ? WHERE sequence = ?", reason, sequence)
        step.skipped += 1
      } else {
        step.fed += 1
      }
    }
    try BroadcastTally.add(-waiting.count, "pending", of: row.id, connection)
    try BroadcastTally.add(step.skipped, "skipped", of: row.id, connection)
    return step
  }

  /// Queues the recipient's message; why it is skipped if it is.
  private func feed(_ sequence: Int64, _ recipient: String, name: String?, _ own: [String: String]) throws -> String? {
    let (message, problems) = content.message(own)
    if let problem = problems.first { return problem.reason }
    guard let contact = try contact(recipient, name: name) else { return "CONTACT_GONE" }
    if row.template.category == .marketing,
      try OptOuts.blocksMarketing(contact: contact, sender: sender, connection)
    {
      return "OPTED_OUT"
    }
    if SendingRule.needsNumber(category: row.template.category.rawValue),
      try !ContactRow.hasNumber(contact, connection)
    {
      return SendRefusal.phoneNumberRequired.rawValue
    }
    let conversation = try ConversationRow.opened(contact: contact, sender: sender, at: now, connection)
    if try has(conversation) { return "DUPLICATE" }
    var new = NewMessage(
      account: row.account, sender: sender.id, conversation: conversation, type: "template", text: content.text(own),
      content: MessageContent(template: message), origin: .broadcast, priority: .broadcast)
    new.template = row.template.id
    new.category = row.template.category.rawValue
    new.broadcast = row.id
    new.expiresAt = now + Self.lifetime
    guard let id = try new.queue(at: now, connection) else { return "NOT_QUEUED" }
    try connection.execute(
      "UPDATE broadcast_recipients SET state = 'fed', message_id = ? WHERE sequence = ? AND state = 'pending'", id.text,
      sequence)
    return nil
  }

  /// Whether this person has a message of the broadcast: two numbers, or a number and an id, may turn out to be one
  /// person, and messages of a merged conversation may still be on their way into the one that stayed.
  private func has(_ conversation: String) throws -> Bool {
    try connection.first(Self.hasMessage, conversation, row.id.text, map: { _ in true }) ?? false
  }

  static let hasMessage = """
    SELECT 1 FROM messages INDEXED BY messages_by_broadcast_person
    WHERE conversation_id IN (SELECT ?1 UNION ALL SELECT id FROM conversations WHERE merged_into = ?1)
      AND broadcast_id = ?2
    LIMIT 1
    """

  /// The contact behind a number, made if need be, or one that was named by its id and is still there.
  private func contact(_ recipient: String, name: String?) throws -> String? {
    if recipient.hasPrefix("+") {
      return try ContactRow.forSending(
        phoneNumber: recipient, name: name, sender: sender, at: now, connection)
    }
    return try Self.contact(id: recipient, account: row.account, connection)
  }

  /// A contact of the account by id, or the one that it turned out to be; nil when it cannot be written to.
  static func contact(id: String, account: String, _ connection: Connection) throws -> String? {
    try connection.first(
      """
      SELECT p.id FROM contacts p
      WHERE p.account_id = ?2 AND (p.phone_number IS NOT NULL OR p.user_id IS NOT NULL)
        AND p.id = (SELECT coalesce(merged_into, id) FROM contacts WHERE id = ?1 AND account_id = ?2)
      """, id, account, map: { try $0.text(0) })
  }

  // MARK: Back

  /// Takes back what is queued and has not gone to Meta: its recipients wait again, without a message. True when there
  /// may be more.
  static func takeBack(_ row: BroadcastRow, limit: Int = 500, _ connection: Connection) throws -> Bool {
    let queued = try queued(of: row, limit: limit, connection)
    try takeBack(queued, of: row.id, connection)
    return queued.count == limit
  }

  private static func takeBack(_ messages: [String], of id: BroadcastID, _ connection: Connection) throws {
    var back = 0
    for message in messages {
      try connection.execute(
        "UPDATE broadcast_recipients SET state = 'pending', message_id = NULL WHERE message_id = ?", message)
      back += connection.changes
      try connection.execute("DELETE FROM messages WHERE id = ? AND status = 'queued'", message)
    }
    try BroadcastTally.add(back, "pending", of: id, connection)
  }

  /// Ends what is queued as cancelled. True when there may be more.
  static func cancel(_ row: BroadcastRow, limit: Int = 500, at now: Int64, _ connection: Connection) throws -> Bool {
    let queued = try queued(of: row, limit: limit, connection)
    for message in queued { try cancel(message, at: now, connection) }
    return queued.count == limit
  }

  private static func cancel(_ message: String, at now: Int64, _ connection: Connection) throws {
    let error = MessageError(
      code: "BROADCAST_CANCELLED", message: "The broadcast was called off before this was sent.")
    _ = try MessageStep.record(.cancelled, of: message, error: error, at: now, connection)
  }

  /// Meta put a send off, and its message is queued again: where the broadcast was paused or called off meanwhile it
  /// does not stay there, or it would be sent after all.
  static func cameBack(_ message: String, at now: Int64, _ connection: Connection) throws {
    let stopped = try connection.first(
      """
      SELECT b.id, b.state FROM messages m JOIN broadcasts b ON b.id = m.broadcast_id
      WHERE m.id = ? AND m.status = 'queued'
      """, message
    ) { (id: BroadcastID(trusted: try $0.text(0)), state: Broadcast.State(rawValue: try $0.text(1))) }
    switch stopped?.state {
    case .paused: if let stopped { try takeBack([message], of: stopped.id, connection) }
    case .cancelled: try cancel(message, at: now, connection)
    default: break
    }
  }

  private static func queued(of row: BroadcastRow, limit: Int, _ connection: Connection) throws -> [String] {
    try connection.all(
      "SELECT id FROM messages WHERE broadcast_id = ? AND status = 'queued' ORDER BY sequence LIMIT ?", row.id.text,
      limit
    ) { try $0.text(0) }
  }
}
