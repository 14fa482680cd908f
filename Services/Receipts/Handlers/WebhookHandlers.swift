import Contracts
import Crypto
import Outbound
import Store
import Telemetry
import Wire
import Workers

/// Where receipts go.
struct WebhookHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let log: Log
  /// Whether a customer's URL may be called at all.
  let check: @Sendable (String) throws(OutboundFailure) -> Void

  /// The first save makes the secret and shows it, once. A repeat under the
  /// same idempotency key gets the same answer, the secret with it: the first may have been lost on its way.
  func set(_ call: ReceiptsAPI.SetWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    guard (1...2048).contains(call.url.utf8.count) else {
      throw CallFailure.invalidArgument("LENGTH_OUT_OF_RANGE", "url has 1 to 2048 characters", field: "url")
    }
    do throws(OutboundFailure) { try check(call.url) } catch { throw CallFailure.urlRefused(error) }
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
    return saved
  }

  private func save(_ call: ReceiptsAPI.SetWebhook, account: String, at now: Int64, _ connection: Connection) throws
    -> Webhook
  {
    let found = try WebhookRow.find(sender: call.senderID, account: account, connection)
    try IfVersion.check(call.ifVersion, current: found?.version ?? 0)
    guard var known = found else {
      let secret = SigningSecret.make()
      let id = WebhookID(trusted: "whk_" + ULID.make(milliseconds: now))
      let row = WebhookRow(
        id: id, account: AccountID(trusted: account), kind: .receipts, sender: call.senderID, url: call.url,
        sealedSecret: keyring.seal(secret.text, binding: WebhookRow.binding(id)),
        secretFingerprint: secret.fingerprint, createdAt: now)
      try row.insert(connection)
      return row.view(secret: secret.text.string, keyring: keyring, at: now)
    }
    known.url = call.url
    known.version += 1
    known.updatedAt = now
    try known.update(connection)
    return known.view(keyring: keyring, at: now)
  }

  func get(_ call: ReceiptsAPI.GetWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    guard let row = try await database.read({ try WebhookRow.find(sender: call.senderID, account: account, $0) }) else {
      throw CallFailure.notFound("WEBHOOK_NOT_FOUND", "this sender has no receipts webhook: save a URL first")
    }
    return row.view(keyring: keyring, at: clock.now)
  }
}
