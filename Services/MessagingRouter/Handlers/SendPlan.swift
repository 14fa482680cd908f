import Contracts
import JSON
import Store
import Wire

/// Makes a checked request into a queued message, inside one write: whom it goes to, whether Meta's rules allow it now,
/// what it answers.
struct SendPlan: Sendable {
  let account: String
  let now: Int64
  let sender: SenderRow

  /// The sender, which may be offline: what does not exist is told before what may not be done now.
  init(sender id: SenderID, account: String, at now: Int64, _ connection: Connection) throws {
    guard let sender = try SenderRow.find(id: id, account: account, connection) else {
      throw SendRefusal.senderNotFound.failure("no such sender in this account")
    }
    self.account = account
    self.now = now
    self.sender = sender
  }

  /// Queues the message and shows it.
  func queue(
    _ content: OutgoingContent, _ call: MessagingRouterAPI.SendMessage, _ connection: Connection
  ) throws -> Message {
    var content = content
    let recipient = try Recipient(call.to, call.recipient, call.contactID)
    let contact = try recipient.contact(of: sender, account: account, connection)
    try checkMedia(content, connection)
    try checkTargets(content, call, connection)
    guard sender.status == .online else {
      throw SendRefusal.senderOffline.failure("the sender is \(sender.status.rawValue), not online")
    }
    if call.requiresAssistant == true { try requireAssistant(connection) }
    let template = try content.content?.template.map { try SendSeams.template($0, sender: sender, connection) }
    if let template { content.text = template.text }
    let conversation = try conversation(
      of: contact, recipient, call, content, category: template?.category, connection)
    var new = NewMessage(
      account: account, sender: sender.id, conversation: conversation, type: content.type, text: content.text,
      content: content.content, origin: .api)
    new.template = template?.id
    new.category = template?.category
    new.sendAt = call.sendAt?.milliseconds
    if let seconds = call.expiresInSeconds {
      new.expiresAt = (call.sendAt?.milliseconds ?? now) + Int64(seconds) * 1_000
    }
    if let id = call.replyTo {
      new.replyTo = id.text
      new.replyToMetaID = try target(id, in: conversation, field: "reply_to", connection)
    }
    if let id = content.content?.reaction?.messageID {
      new.content?.reaction?.metaMessageID = try target(
        id, in: conversation, field: "reaction.message_id", connection)
    }
    guard let id = try new.queue(at: now, connection) else { throw CallFailure.internal("the message was not stored") }
    if call.resend == true { try Resend.ask(for: id, connection) }
    guard let message = try MessageRow.find(id: id.text, account: account, connection) else {
      throw CallFailure.internal("the message was not stored")
    }
    return message
  }

  // MARK: Before anything else

  private func checkMedia(_ content: OutgoingContent, _ connection: Connection) throws {
    for (kind, medium, field) in content.media {
      guard let id = medium.mediaID else { continue }
      guard let facts = try SendSeams.media(id, account: account, connection) else {
        throw SendRefusal.mediaNotFound.failure(
          "\(field).media_id: no such file in this account", field: "\(field).media_id")
      }
      try facts.check(as: kind, isVoice: medium.isVoice == true, field)
    }
  }

  /// What is answered or reacted to is the account's; whether it is of this conversation shows later.
  private func checkTargets(
    _ content: OutgoingContent, _ call: MessagingRouterAPI.SendMessage, _ connection: Connection
  ) throws {
    let targets = [(call.replyTo, "reply_to"), (content.content?.reaction?.messageID, "reaction.message_id")]
    for (id, field) in targets {
      guard let id else { continue }
      let isOurs = try connection.first(
        "SELECT 1 FROM messages WHERE id = ? AND account_id = ?", id.text, account, map: { _ in true })
      guard isOurs == true else {
        throw SendRefusal.messageNotFound.failure("\(field): no such message in this account", field: field)
      }
    }
  }

  private func requireAssistant(_ connection: Connection) throws {
    guard try BindingRow.answering(sender: sender.id, connection) == nil else { return }
    throw SendRefusal.noAssistantConfigured.failure("no assistant answers for this sender", field: "requires_assistant")
  }

  // MARK: Whom it goes to

  /// The conversation it belongs to. Only a template begins one: everything else needs the customer's window.
  private func conversation(
    of contact: String?, _ recipient: Recipient, _ call: MessagingRouterAPI.SendMessage, _ content: OutgoingContent,
    category: String?, _ connection: Connection
  ) throws -> String {
    if SendingRule.needsWindow(type: content.type) {
      let known = try contact.flatMap { try ConversationRow.find(contact: $0, sender: sender.id, connection) }
      return try open(known, until: call.sendAt?.milliseconds ?? now)
    }
    let id =
      try contact
      ?? recipient.made(
        of: sender, name: call.recipientName, at: now, connection)
    if contact != nil, let name = call.recipientName {
      try connection.execute(
        "UPDATE contacts SET name = ?, updated_at = ? WHERE id = ? AND name IS NULL", name, now, id)
    }
    if category == OptOuts.marketing, try OptOuts.blocksMarketing(contact: id, sender: sender, connection) {
      throw SendRefusal.optedOut.failure("this customer does not want marketing")
    }
    if SendingRule.needsNumber(category: category), try !ContactRow.hasNumber(id, connection) {
      throw SendRefusal.phoneNumberRequired.failure("the customer's number is not known, and codes go to numbers only")
    }
    return try ConversationRow.opened(contact: id, sender: sender, at: now, connection)
  }

  private func open(_ conversation: ConversationRow?, until moment: Int64) throws -> String {
    let status = SessionStatus(windowExpiresAt: conversation?.windowExpiresAt, at: now)
    if let conversation, let expires = conversation.windowExpiresAt, expires > moment { return conversation.id }
    let why =
      status.isOpen
      ? "the customer's 24-hour window closes before send_at: only a template may be sent then"
      : "the customer's 24-hour window is closed: only a template may be sent"
    throw SendRefusal.sessionExpired.failure(
      why, field: status.isOpen ? "send_at" : nil, more: ["session_status": try JSONValue(encoding: status)])
  }

  // MARK: What it answers

  /// Meta's id of the message that is answered.
  private func target(
    _ id: MessageID, in conversation: String, field: String, _ connection: Connection
  ) throws -> String {
    let found = try connection.first(
      "SELECT meta_message_id FROM messages WHERE id = ? AND account_id = ? AND conversation_id = ?", id.text, account,
      conversation, map: { try $0.optionalText(0) })
    guard let found else {
      throw SendRefusal.messageNotFound.failure("\(field): no such message in this conversation", field: field)
    }
    guard let metaID = found else {
      throw SendRefusal.messageNotSentYet.failure("\(field): Meta does not have this message yet", field: field)
    }
    return metaID
  }
}

extension JSONValue {
  /// A value of a contract as JSON, for the details of a failure.
  init<Value: Encodable>(encoding value: Value) throws {
    self = try JSONValue(parsing: try JSONCoder.encode(value))
  }
}
