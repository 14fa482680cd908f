import Contracts
import Crypto
import JSON
import Store

/// What is known of an outbound message when something is heard of it: read once, changed in memory, stored once.
struct MessageState: Sendable {
  let sequence: Int64
  let id: String
  let account: AccountID
  let sender: SenderID
  let conversation: ConversationID
  let assistant: AssistantID?
  private(set) var metaMessageID: String?
  private(set) var status: MessageStatus
  private(set) var lastSequence: Int
  private(set) var told: MessageSteps
  /// Its status was decided without knowing.
  private(set) var isGuess: Bool
  let createdAt: Int64
  let contact: String
  let phoneNumber: PhoneNumber?
  let userID: String?
  /// When an advertisement brought the customer, while no answer has been sent.
  let referredAt: Int64?
  private var isIDNew = false

  static let columns = """
    m.sequence, m.id, m.account_id, m.sender_id, m.conversation_id, m.assistant_id, m.meta_message_id, m.status,
    m.last_sequence, m.told, m.decided_by IS NOT NULL, m.created_at, p.id, p.phone_number, p.user_id, c.referred_at
    """

  /// What `columns` are read of, beside `messages m`.
  static let joins = "JOIN conversations c ON c.id = m.conversation_id JOIN contacts p ON p.id = c.contact_id"

  static func find(id: String, _ connection: Connection) throws -> MessageState? {
    try connection.first("SELECT \(columns) FROM messages m \(joins) WHERE m.id = ?", id, map: Self.init)
  }

  init(_ row: Row) throws {
    sequence = try row.int64(0)
    id = try row.text(1)
    account = AccountID(trusted: try row.text(2))
    sender = SenderID(trusted: try row.text(3))
    conversation = ConversationID(trusted: try row.text(4))
    assistant = try row.optionalText(5).map { AssistantID(trusted: $0) }
    metaMessageID = try row.optionalText(6)
    status = MessageStatus(rawValue: try row.text(7)) ?? .unknown
    lastSequence = try row.int(8)
    told = MessageSteps(rawValue: try row.int(9))
    isGuess = try row.bool(10)
    createdAt = try row.int64(11)
    contact = try row.text(12)
    phoneNumber = try row.optionalText(13).map { PhoneNumber(trusted: $0) }
    userID = try row.optionalText(14)
    referredAt = try row.optionalInt64(15)
  }

  /// Meta's id, where it was not known yet.
  mutating func learn(metaMessageID: String) {
    if self.metaMessageID != nil { return }
    self.metaMessageID = metaMessageID
    isIDNew = true
  }

  /// Takes a step: its row and the event for `receipts`. False when it was taken before.
  mutating func take(
    _ step: MessageStatus, isSynthesized: Bool = false, error: MessageError? = nil, providerAt: Int64? = nil,
    told update: StatusUpdate? = nil, at now: Int64, _ connection: Connection
  ) throws -> Bool {
    let bit = MessageSteps(step)
    if told.contains(bit) { return false }
    told.insert(bit)
    lastSequence += 1
    try connection.execute(
      """
      INSERT OR REPLACE INTO message_statuses (message_id, status, sequence, is_synthesized, provider_at, at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, id, step.rawValue, lastSequence, isSynthesized, providerAt, now)
    if let next = StatusLadder.advance(status, to: step, isGuess: isGuess) {
      if [.failed, .expired, .cancelled].contains(next), let error { try MessageStep.store(error, of: id, connection) }
      if isGuess, step != .failed {
        // What was guessed wrong is not said beside the truth.
        try connection.execute("UPDATE messages SET error_code = NULL WHERE sequence = ?", sequence)
        isGuess = false
      }
      status = next
    }
    let event = StatusEvent(
      id: EventID(trusted: "evt_" + ULID.make(milliseconds: now)), accountID: account, senderID: sender,
      messageID: MessageID(trusted: id), metaMessageID: metaMessageID, conversationID: conversation,
      assistantID: assistant, to: phoneNumber ?? PhoneNumber.fromMeta(update?.recipient), status: step,
      sequence: lastSequence,
      isSynthesized: isSynthesized, error: error, occurredAt: Timestamp(milliseconds: now),
      providerTimestamp: providerAt.map { Timestamp(milliseconds: $0) })
    try AutomationOutbox.statusChanged(event, connection)
    try learn(step, error, providerAt, update, at: now, connection)
    return true
  }

  /// Stores what was learned. Columns that an index is made of are written only where they change.
  func store(pricing: [UInt8]? = nil, at now: Int64, _ connection: Connection) throws {
    if isIDNew {
      try connection.execute("UPDATE messages SET meta_message_id = ? WHERE sequence = ?", metaMessageID, sequence)
    }
    try connection.execute(
      """
      UPDATE messages
      SET status = ?, last_sequence = ?, told = ?, updated_at = ?, pricing = coalesce(?, pricing),
        decided_by = CASE WHEN ? THEN decided_by END
      WHERE sequence = ?
      """, status.rawValue, lastSequence, told.rawValue, now, pricing, isGuess, sequence)
  }
}
