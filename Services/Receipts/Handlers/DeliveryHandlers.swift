import Contracts
import Store
import Wire

/// What was delivered, and every attempt.
struct DeliveryHandlers: Sendable {
  let database: Database

  func ofSender(_ call: ReceiptsAPI.ListDeliveries, _ context: CallContext) async throws -> Page<Delivery> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before: DeliveryID? = try Self.position(call.cursor)
    return try await database.read { connection in
      guard
        try SenderRow.find(id: call.senderID, account: account, connection) != nil
          || WebhookRow.find(sender: call.senderID, account: account, connection) != nil
      else { throw CallFailure.senderNotFound }
      return try Delivery.list(sender: call.senderID, account: account, before: before, limit: limit, connection)
    }
  }

  func ofWebhook(_ call: ReceiptsAPI.ListWebhookDeliveries, _ context: CallContext) async throws -> Page<Delivery> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before: DeliveryID? = try Self.position(call.cursor)
    return try await database.read { connection in
      guard try WebhookRow.find(call.webhookID, account: account, connection) != nil else {
        throw CallFailure.webhookNotFound
      }
      return try Delivery.list(
        webhook: call.webhookID, account: account, state: call.state, before: before, limit: limit, connection)
    }
  }

  func attempts(_ call: ReceiptsAPI.ListWebhookAttempts, _ context: CallContext) async throws -> Page<LoggedAttempt> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before: AttemptID? = try Self.position(call.cursor)
    return try await database.read { connection in
      guard try WebhookRow.find(call.webhookID, account: account, connection) != nil else {
        throw CallFailure.webhookNotFound
      }
      return try LoggedAttempt.list(
        webhook: call.webhookID, failedOnly: call.failedOnly ?? false, before: before, limit: limit, connection)
    }
  }

  func get(_ call: ReceiptsAPI.GetDelivery, _ context: CallContext) async throws -> Delivery {
    let account = try context.requiredAccount
    guard let found = try await database.read({ try Delivery.find(call.deliveryID, account: account, $0) }) else {
      throw CallFailure.deliveryNotFound
    }
    return found
  }

  /// The item that a cursor stands for.
  static func position<Kind>(_ cursor: String?) throws(CallFailure) -> Identifier<Kind>? {
    guard let text = try PageRequest.position(cursor) else { return nil }
    do throws(ValueFailure) { return try Identifier<Kind>(parsing: text) } catch {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
  }
}

extension Delivery {
  /// Without what endpoints answered: that may repeat what was sent to them.
  var withoutResponses: Delivery {
    var delivery = self
    for index in delivery.attempts.indices { delivery.attempts[index].response = nil }
    return delivery
  }
}
