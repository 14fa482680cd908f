import Contracts
import Store

extension MessageStep {
  /// What a step needs to know of its message, in one look.
  struct Current {
    var account: AccountID
    var sender: SenderID
    var conversation: ConversationID
    var assistant: AssistantID?
    var metaMessageID: String?
    var status: MessageStatus
    var lastSequence: Int
    var createdAt: Int64
    var contact: String
    var phoneNumber: PhoneNumber?
    var userID: String?
    /// When an advertisement brought the customer, while no answer has been sent.
    var referredAt: Int64?

    static func find(_ message: String, _ connection: Connection) throws -> Current? {
      try connection.first(
        """
        SELECT m.account_id, m.sender_id, m.conversation_id, m.assistant_id, m.meta_message_id, m.status,
          m.last_sequence, m.created_at, p.id, p.phone_number, p.user_id, c.referred_at
        FROM messages m
        JOIN conversations c ON c.id = m.conversation_id
        JOIN contacts p ON p.id = c.contact_id
        WHERE m.id = ?
        """, message
      ) { row in
        Current(
          account: AccountID(trusted: try row.text(0)), sender: SenderID(trusted: try row.text(1)),
          conversation: ConversationID(trusted: try row.text(2)),
          assistant: try row.optionalText(3).map { AssistantID(trusted: $0) }, metaMessageID: try row.optionalText(4),
          status: MessageStatus(rawValue: try row.text(5)) ?? .unknown, lastSequence: try row.int(6),
          createdAt: try row.int64(7), contact: try row.text(8),
          phoneNumber: try row.optionalText(9).map { PhoneNumber(trusted: $0) }, userID: try row.optionalText(10),
          referredAt: try row.optionalInt64(11))
      }
    }

    /// What a step tells beside itself: whom the message reached, that they refuse marketing, that it is free of charge.
    func learn(
      _ step: MessageStatus, _ error: MessageError?, _ providerAt: Int64?, _ told: StatusUpdate?, message: String,
      at now: Int64, _ connection: Connection
    ) throws {
      if step == .failed, error?.metaCode == 131_050 {
        try OptOuts.refused(
          message: message, contact: contact, account: account.text, sender: sender,
          detail: error?.metaDetails ?? error?.metaTitle, saidAt: providerAt ?? now, at: now, connection)
      }
      if let expiresAt = told?.freeEntryExpiresAt {
        try FreeEntry.told(expiresAt, conversation: conversation.text, connection)
      } else if let referredAt, step != .failed, let providerAt, createdAt >= referredAt {
        try FreeEntry.answered(conversation.text, referredAt: referredAt, sentAt: providerAt, connection)
      }
      if let told { try recognise(told, at: now, connection) }
    }

    /// Joins keys that were not known: nothing is read when nothing is new.
    private func recognise(_ told: StatusUpdate, at now: Int64, _ connection: Connection) throws {
      let isNews =
        userID == nil
        ? told.recipientUserID != nil
        : phoneNumber == nil && told.recipient != nil && told.recipientUserID == userID
      guard isNews, let row = try SenderRow.find(id: sender, account: account.text, connection),
        let known = try ContactRow.find(id: contact, connection)
      else { return }
      try known.recognised(
        as: ContactFacts(
          userID: told.recipientUserID, phoneNumber: PhoneNumber.fromMeta(told.recipient)?.text,
          parentUserID: told.recipientParentUserID), sender: row, at: now, connection)
    }
  }
}
