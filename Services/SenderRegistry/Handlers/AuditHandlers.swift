import Contracts
import Store
import Wire

/// Looking at the audit log; writing it is `AuditTrail`'s.
struct AuditHandlers: Sendable {
  let database: Database

  func list(_ call: SenderRegistryAPI.ListAuditLog, _ context: CallContext) async throws -> Page<AuditEntry> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let before = try Self.position(call.cursor)
    let filter = AuditRow.Filter(
      actor: call.actor, method: call.method, target: call.target, from: call.from?.milliseconds,
      to: call.to?.milliseconds)
    return try await database.read {
      try AuditRow.page(account: account, filter, before: before, limit: limit, $0)
    }
  }

  private static func position(_ cursor: String?) throws(CallFailure) -> AuditID? {
    guard let text = try PageRequest.position(cursor) else { return nil }
    do throws(ValueFailure) { return try AuditID(parsing: text) } catch {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
  }
}
