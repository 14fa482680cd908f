import Contracts
import Store

/// What a receipt needs to know of its sender, looked up once for a batch.
struct EventPlace: Sendable {
  var sender: SenderRow
  /// Where its receipts go.
  var webhook: WebhookID?

  /// A sender that the replica does not know yet costs the payload its name, never the event.
  init(_ id: SenderID, account: AccountID, _ connection: Connection) throws {
    sender =
      try SenderRow.find(id: id, account: account.text, connection)
      ?? SenderRow(id: id, phoneNumber: nil, displayName: nil)
    webhook = try WebhookRow.find(sender: id, account: account.text, connection)?.id
  }
}
