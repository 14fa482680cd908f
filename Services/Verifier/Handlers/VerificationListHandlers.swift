import Contracts
import JSON
import Store
import Wire
import Workers

/// Looking at verifications: one, many, and their steps as they happen.
struct VerificationListHandlers: Sendable {
  let database: Database
  let feed: EventFeed

  func get(_ call: VerifierAPI.GetVerification, _ context: CallContext) async throws -> Verification {
    let account = try context.requiredAccount
    return try await database.read { connection in
      try connection.view(connection.verification(asked: call.id, account: account))
    }
  }

  func list(_ call: VerifierAPI.ListVerifications, _ context: CallContext) async throws -> Page<Verification> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    return try await database.read { connection in
      let rows = try connection.verifications(
        account: account, sender: call.senderID, state: call.state, before: before, limit: limit + 1)
      return PageRequest.page(try rows.map { try connection.view($0) }, limit: limit) { $0.id.text }
    }
  }

  func events(
    _ call: VerifierAPI.ReadVerificationEvents, _ context: CallContext
  ) async throws -> VerifierAPI.ReadVerificationEvents.Reply {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let found = try await feed.read(
      after: call.after, waitMilliseconds: call.waitMs, account: account, context
    ) { after in
      try await database.read { connection in
        _ = try connection.verification(asked: call.id, account: account)
        guard try after <= connection.lastStep() else { throw EventFeed.unknownPosition }
        return try connection.steps(of: call.id, after: after, limit: limit)
      }
    }
    return .init(data: found.rows, position: found.position)
  }
}
