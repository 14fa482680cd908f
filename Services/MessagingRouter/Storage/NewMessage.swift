import Contracts
import Crypto
import JSON
import Store

/// A message to be sent: the one way into the queue, for calls, assistants and broadcasts.
struct NewMessage: Sendable {
  /// What goes first when a number may not send all at once.
  enum Priority: Int, Sendable {
    /// Answers of assistants and people inside a conversation.
    case answer = 0
    case normal = 1
    case broadcast = 2
  }

  var account: String
  var sender: SenderID
  var conversation: String
  /// Meta's type: `text`, `image`, `template`, …
  var type: String
  var text: String?
  var content: MessageContent?
  var origin: Message.Origin
  var priority: Priority
  var replyTo: String?
  var replyToMetaID: String?
  var assistant: AssistantID?
  /// The inbound message that an assistant's reply answers.
  var turnOf: String?
  var template: TemplateID?
  /// The template's category, lower case.
  var category: String?
  var broadcast: BroadcastID?
  /// Not before this moment, in milliseconds.
  var sendAt: Int64?
  /// Not after this moment, in milliseconds.
  var expiresAt: Int64?

  init(
    account: String, sender: SenderID, conversation: String, type: String = "text", text: String?,
    content: MessageContent? = nil, origin: Message.Origin, priority: Priority = .normal
  ) {
    self.account = account
    self.sender = sender
    self.conversation = conversation
    self.type = type
    self.text = text
    self.content = content
    self.origin = origin
    self.priority = priority
  }

  /// Queues it. Nil when the turn it answers has an answer already.
  func queue(at now: Int64, _ connection: Connection) throws -> MessageID? {
    let id = "msg_" + ULID.make(milliseconds: now)
    try connection.execute(
      """
      INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, content, status, origin,
        priority, reply_to, reply_to_meta_id, assistant_id, turn_of, template_id, category, broadcast_id, send_at,
        expires_at, due_at, created_at, updated_at)
      VALUES (?, ?, ?, ?, 'outbound', ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (turn_of) DO NOTHING
      """, id, account, sender.text, conversation, type, text, try content.map { try JSONCoder.encode($0) },
      origin.rawValue, priority.rawValue, replyTo, replyToMetaID, assistant?.text, turnOf, template?.text, category,
      broadcast?.text, sendAt, expiresAt, max(now, sendAt ?? now), now, now)
    guard connection.changes == 1 else { return nil }
    if let content {
      let files = OutgoingContent(type: type, text: text, content: content).media.compactMap { $0.medium.mediaID }
      try MediaUses.note(Set(files), conversation: broadcast == nil ? conversation : nil, connection)
    }
    return MessageID(trusted: id)
  }
}
