import Contracts
import Crypto
import Outbound
import Store
import Telemetry
import Wire
import Workers

/// Where events go: the receipts webhooks of senders, and the endpoints of an account.
struct WebhookHandlers: Sendable {
  static let urlLength = 2048

  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let log: Log
  /// Whether a customer's URL may be called at all.
  let check: @Sendable (String) throws(OutboundFailure) -> Void
  /// After a change that leaves something to be done: another address to begin with, a secret that ends, deliveries of
  /// one that is gone.
  var onChanged: @Sendable () -> Void = {}

  /// The first save makes the secret and shows it, once. A repeat under the
  /// same idempotency key gets the same answer, the secret with it: the first may have been lost on its way.
  func set(_ call: ReceiptsAPI.SetWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    try checkURL(call.url)
    let now = clock.now
    let saved = try await database.write { [keyring] connection in
      guard try SenderRow.find(id: call.senderID, account: account, connection) != nil else {
        throw CallFailure.senderNotFound
      }
      return try connection.once(call, context, keyring, now: now) {
        try save(call, account: account, at: now, connection)
      }
    }
    log.notice(
      "webhook.saved",
      [
        "webhook_id": .string(saved.id.text), "sender_id": .string(saved.senderID?.text ?? ""),
        "shows_secret": .bool(saved.secret != nil),
      ])
    onChanged()
    return saved
  }

  private func save(_ call: ReceiptsAPI.SetWebhook, account: String, at now: Int64, _ connection: Connection) throws
    -> Webhook
  {
    let found = try WebhookRow.find(sender: call.senderID, account: account, connection)
    try IfVersion.check(call.ifVersion, current: found?.version ?? 0)
    guard var known = found else {
      let (row, secret) = WebhookRow.make(.receipts, sender: call.senderID, url: call.url, account, keyring, at: now)
      try row.insert(connection)
      return row.view(secret: secret.text.string, keyring: keyring, at: now)
    }
    known.url = call.url
    try known.change(at: now, connection)
    return known.view(keyring: keyring, at: now)
  }

  func get(_ call: ReceiptsAPI.GetWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    guard let row = try await database.read({ try WebhookRow.find(sender: call.senderID, account: account, $0) }) else {
      throw CallFailure.notFound("WEBHOOK_NOT_FOUND", "this sender has no receipts webhook: save a URL first")
    }
    return row.view(keyring: keyring, at: clock.now)
  }

  /// What can be said of a URL without a look-up; every attempt looks again, by address.
  func checkURL(_ url: String) throws(CallFailure) {
    guard (1...Self.urlLength).contains(url.utf8.count) else {
      throw .invalidArgument("LENGTH_OUT_OF_RANGE", "url has 1 to \(Self.urlLength) characters", field: "url")
    }
    do throws(OutboundFailure) { try check(url) } catch { throw .urlRefused(error) }
  }
}

extension CallFailure {
  /// Also when another account has it.
  static var webhookNotFound: CallFailure { .notFound("WEBHOOK_NOT_FOUND", "no such webhook in this account") }
}
