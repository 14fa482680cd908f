import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

extension WebhookHandlers {
  /// Adds an endpoint and shows its secret, once.
  func create(_ call: ReceiptsAPI.CreateWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    try checkURL(call.url)
    let fields = try WebhookFields(call)
    let now = clock.now
    let created = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        if let sender = call.senderID, try SenderRow.find(id: sender, account: account, connection) == nil {
          throw CallFailure.senderNotFound
        }
        guard try WebhookRow.countEndpoints(account: account, connection) < WebhookRow.mostEndpoints else {
          throw CallFailure.failedPrecondition(
            "ENDPOINT_LIMIT",
            "An account has at most \(WebhookRow.mostEndpoints) endpoints: delete one, or let one take more event types."
          )
        }
        var (row, secret) = WebhookRow.make(.endpoint, sender: call.senderID, url: call.url, account, keyring, at: now)
        try row.merge(fields, keyring)
        try row.insert(connection)
        return row.view(secret: secret.text.string, keyring: keyring, at: now)
      }
    }
    log.notice("webhook.created", ["webhook_id": .string(created.id.text)])
    return created
  }

  func list(_ call: ReceiptsAPI.ListWebhooks, _ context: CallContext) async throws -> Page<Webhook> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor).map { text throws(CallFailure) in
      do throws(ValueFailure) { return try WebhookID(parsing: text) } catch {
        throw CallFailure.invalidArgument(
          "CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
      }
    }
    let rows = try await database.read {
      try WebhookRow.list(account: account, before: before, limit: limit + 1, $0)
    }
    let now = clock.now
    return PageRequest.page(rows.map { $0.view(keyring: keyring, at: now) }, limit: limit) { $0.id.text }
  }

  func read(_ call: ReceiptsAPI.ReadWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    guard let row = try await database.read({ try WebhookRow.find(call.webhookID, account: account, $0) }) else {
      throw CallFailure.webhookNotFound
    }
    return row.view(keyring: keyring, at: clock.now)
  }

  /// What is absent stays, null unsets.
  func update(_ call: ReceiptsAPI.UpdateWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    if let url = call.url { try checkURL(url) }
    let fields = try WebhookFields(call)
    let now = clock.now
    let updated = try await database.write { [keyring] connection in
      guard var row = try WebhookRow.find(call.webhookID, account: account, connection) else {
        throw CallFailure.webhookNotFound
      }
      try IfVersion.check(call.ifVersion, current: row.version)
      if row.kind == .receipts, !call.eventTypes.isAbsent {
        throw FieldRefusal(
          "EVENT_TYPES_FIXED",
          "event_types: a receipts webhook always gets the steps of its sender's messages; add an endpoint for others",
          field: "event_types")
      }
      if let url = call.url { row.url = url }
      try row.merge(fields, keyring)
      try row.change(at: now, connection)
      return row.view(keyring: keyring, at: now)
    }
    onChanged()
    return updated
  }

  /// Gone at once, with its secrets; its deliveries are called off by and by.
  func delete(_ call: ReceiptsAPI.DeleteWebhook, _ context: CallContext) async throws -> Done {
    let account = try context.requiredAccount
    let now = clock.now
    try await database.write { connection in
      guard let row = try WebhookRow.find(call.webhookID, account: account, connection) else {
        throw CallFailure.webhookNotFound
      }
      try IfVersion.check(call.ifVersion, current: row.version)
      try row.delete(at: now, connection)
    }
    log.notice("webhook.deleted", ["webhook_id": .string(call.webhookID.text)])
    onChanged()
    return Done()
  }

  /// Events are kept for it from here on. One that is paused already stays as it is, its reason included.
  func pause(_ call: ReceiptsAPI.PauseWebhook, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    let now = clock.now
    return try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard var row = try WebhookRow.find(call.webhookID, account: account, connection) else {
          throw CallFailure.webhookNotFound
        }
        if row.pause == nil {
          row.pause = Webhook.Pause(reason: .byHand, at: Timestamp(milliseconds: now))
          try row.change(at: now, connection)
        }
        return row.view(keyring: keyring, at: now)
      }
    }
  }
}
