import GraphAPI
import Store

/// A customer's call: it opens the window like a message does.
enum InboundCall {
  static func store(_ call: WebhookCall, sender: SenderRow, at now: Int64, _ connection: Connection) throws
    -> UpdateOutcome
  {
    // What the business dials opens nothing.
    guard call.isByCustomer else { return .ignored }
    let contact = try ContactRow.learn(try ContactFacts(call.customer), sender: sender, at: now, connection)
    _ = try ConversationRow.received(
      contact: contact, sender: sender, sentAt: call.timestamp, at: now, connection)
    return .stored
  }
}
