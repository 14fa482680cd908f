import Contracts
import Crypto
import GraphAPI
import Store

/// Stores what a customer wrote.
enum InboundMessage {
  static func store(
    _ message: WebhookMessage, _ carried: InboundContent?, from sender: SenderRow, at now: Int64,
    _ connection: Connection
  ) throws -> UpdateOutcome {
    if try ForgottenMessages.isStoredOrForgotten(metaMessageID: message.id, sender: sender.id.text, connection) {
      return .duplicate
    }
    let facts = try ContactFacts(message.customer)
    let contact =
      try carried?.newIdentity.map { try ContactRow.changed($0, from: facts, sender: sender, at: now, connection) }
      ?? ContactRow.learn(facts, sender: sender, at: now, connection)
    let conversation =
      message.type == "system" || Revisions.isRevision(message.type)
      // Meta's notice, or a change of what was said: not the customer's word.
      ? try ConversationRow.opened(contact: contact, sender: sender, at: now, connection)
      : try ConversationRow.received(
        contact: contact, sender: sender, sentAt: message.timestamp, isReferred: carried?.content?.referral != nil,
        at: now, connection)
    var row = StoredMessage(
      id: "msg_" + ULID.make(milliseconds: now), account: sender.account.text, sender: sender.id,
      conversation: conversation, direction: .inbound, type: message.type, status: .received, origin: .customer,
      metaMessageID: message.id, raw: message.raw, providerAt: min(message.timestamp, now))
    row.replyToMetaID = message.context?.messageID
    var content = try row.insert(carried, at: now, connection)
    var text = carried?.text
    var outcome = UpdateOutcome.stored
    if let revision = carried?.content?.revision {
      if try Revisions.take(revision, from: row, at: now, connection) { outcome = .removed }
    } else if let revised = try Revisions.join(row, at: now, connection) {
      (text, content) = (revised.text, revised.content)
      if revised.revokedAt != nil { outcome = .removed }
    }
    if outcome != .removed { try answer(message, carried, row, contact, sender, at: now, connection) }
    // Others hear of it: the message, its contact and its conversation are stored.
    try ConversationEvents.received(
      ReceivedMessage(
        id: row.id, conversation: conversation, sender: sender, contact: contact, userID: facts.userID,
        phoneNumber: facts.phoneNumber, name: facts.name, type: message.type, text: text,
        content: content, sentAt: min(message.timestamp, now)), at: now, connection)
    return outcome
  }

  /// Words make a turn for the assistant, or say what the customer wants to hear of.
  private static func answer(
    _ message: WebhookMessage, _ carried: InboundContent?, _ row: StoredMessage, _ contact: String, _ sender: SenderRow,
    at now: Int64, _ connection: Connection
  ) throws {
    guard let carried, carried.asksSomething else { return }
    if let isOptedOut = carried.wish {
      try OptOuts.record(
        PreferenceWord(
          account: row.account, contact: contact, isOptedOut: isOptedOut, source: .keyword, sender: sender.id,
          message: row.id, detail: carried.text, saidAt: row.providerAt), at: now, connection)
      return
    }
    guard try BindingRow.answering(sender: sender.id, connection) != nil,
      // A person was faster, in the business's app.
      try !AppEcho.isAnswered(conversation: row.conversation, since: row.providerAt, connection)
    else { return }
    try TurnRow.enqueue(message: row.id, conversation: row.conversation, at: now, connection)
  }
}
