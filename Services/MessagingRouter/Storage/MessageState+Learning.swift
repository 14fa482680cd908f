import Contracts
import Store

extension MessageState {
  /// What a step tells beside itself: whom the message reached, what its failure says of others, that it is free of
  /// charge.
  func learn(
    _ step: MessageStatus, _ error: MessageError?, _ providerAt: Int64?, _ told: StatusUpdate?, at now: Int64,
    _ connection: Connection
  ) throws {
    if step == .failed, let error, let code = error.metaCode {
      try learn(refusal: error, code, providerAt, at: now, connection)
    }
    if let expiresAt = told?.freeEntryExpiresAt {
      try FreeEntry.told(expiresAt, conversation: conversation.text, connection)
    } else if let referredAt, step != .failed, let providerAt, createdAt >= referredAt {
      try FreeEntry.answered(conversation.text, referredAt: referredAt, sentAt: providerAt, connection)
    }
    if let told { try recognise(told, at: now, connection) }
  }

  /// What Meta's refusal says of more than this message, whether it came as an answer or by a webhook.
  private func learn(
    refusal error: MessageError, _ code: Int, _ providerAt: Int64?, at now: Int64, _ connection: Connection
  ) throws {
    if code == 131_050 {
      try OptOuts.refused(
        message: id, contact: contact, account: account.text, sender: sender,
        detail: error.metaDetails ?? error.metaTitle, saidAt: providerAt ?? now, at: now, connection)
    }
    try TemplateStale.refused(message: id, code: code, at: now, connection)
    try MediaStale.refused(message: id, sender: sender.text, code: code, connection)
    // A guess that is put right, or a failure after the customer has read it, ends nothing.
    if status == .failed { try Resend.queue(after: id, code: code, at: now, connection) }
  }

  /// Joins keys that were not known: nothing is read when nothing is new.
  private func recognise(_ told: StatusUpdate, at now: Int64, _ connection: Connection) throws {
    let isNews =
      userID == nil
      ? told.recipientUserID != nil
      : phoneNumber == nil && told.recipient != nil && told.recipientUserID == userID
    guard isNews, let row = try SenderRow.find(id: sender, account: account.text, connection),
      let known = try ContactRow.find(id: contact, account: account.text, connection)
    else { return }
    try known.recognised(
      as: ContactFacts(
        userID: told.recipientUserID, phoneNumber: PhoneNumber.fromMeta(told.recipient)?.text,
        parentUserID: told.recipientParentUserID), sender: row, at: now, connection)
  }
}
