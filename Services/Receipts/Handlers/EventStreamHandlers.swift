import Contracts
import Store
import Wire
import Workers

/// The account's events, for automation to follow.
struct EventStreamHandlers: Sendable {
  /// Reads of one look when they find nothing: a rare sender in a long stream is looked for with pauses between.
  private static let mostReads = 10

  let database: Database
  let feed: EventFeed

  func read(
    _ call: ReceiptsAPI.FollowEvents, _ context: CallContext
  ) async throws -> ReceiptsAPI.FollowEvents.Reply {
    let account = try context.requiredAccount
    let stream = EventStream(
      account: account, types: try EventStream.types(call.types), sender: call.senderID,
      limit: try PageRequest.limit(call.limit))
    let found = try await feed.read(
      after: try EventStream.position(call.cursor), waitMilliseconds: call.waitMs, account: account, context
    ) { after in try await look(stream, after: after) }
    return .init(data: found.rows, nextCursor: EventStream.cursor(found.through))
  }

  private func look(_ stream: EventStream, after: Int64) async throws
    -> (rows: [PlatformEvent], through: Int64, isBehind: Bool)
  {
    var after = after
    for _ in 1...Self.mostReads {
      let position = after
      let found = try await database.read { try stream.read(after: position, $0) }
      if !found.events.isEmpty || !found.isBehind { return (found.events, found.through, found.isBehind) }
      after = found.through
    }
    return ([], after, true)
  }
}
