import Contracts
import Crypto
import Store

/// Where a sender's receipts go, and the sealed secret they are signed with.
struct WebhookRow: Sendable {
  var id: WebhookID
  var sender: SenderID
  var url: String
  var sealedSecret: String
  var version: Int64
  var createdAt: Int64
  var updatedAt: Int64

  private static let columns = "id, sender_id, url, secret, created_at, updated_at, version"

  /// What the sealed secret is bound to.
  static func binding(_ id: WebhookID) -> String { "webhooks.secret:\(id)" }

  static func find(sender: SenderID, account: String, _ connection: Connection) throws -> WebhookRow? {
    try connection.first(
      "SELECT \(columns) FROM webhooks WHERE sender_id = ? AND account_id = ?", sender.text, account, map: Self.init)
  }

  func insert(account: String, _ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO webhooks (id, account_id, sender_id, url, secret, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, id.text, account, sender.text, url, sealedSecret, createdAt, updatedAt)
  }

  func update(_ connection: Connection) throws {
    try connection.execute(
      "UPDATE webhooks SET url = ?, secret = ?, version = ?, updated_at = ? WHERE id = ?", url, sealedSecret, version,
      updatedAt, id.text)
  }

  /// As people see it; the secret only in the answer that made it.
  func view(secret: String? = nil) -> ReceiptsWebhook {
    ReceiptsWebhook(
      id: id, senderID: sender, url: url, secret: secret, version: version,
      createdAt: Timestamp(milliseconds: createdAt),
      updatedAt: Timestamp(milliseconds: updatedAt))
  }

  init(
    id: WebhookID, sender: SenderID, url: String, sealedSecret: String, version: Int64, createdAt: Int64,
    updatedAt: Int64
  ) {
    self.id = id
    self.sender = sender
    self.url = url
    self.sealedSecret = sealedSecret
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  private init(_ row: Row) throws {
    id = WebhookID(trusted: try row.text(0))
    sender = SenderID(trusted: try row.text(1))
    url = try row.text(2)
    sealedSecret = try row.text(3)
    createdAt = try row.int64(4)
    updatedAt = try row.int64(5)
    version = try row.int64(6)
  }
}
