import Contracts
import Store
import Telemetry
import Wire

/// Status events in, deliveries to look at.
struct EventHandlers: Sendable {
  /// Events a hand-over may carry.
  static let batchLimit = 256

  let database: Database
  let clock: WallClock
  let onStored: @Sendable () -> Void

  /// Acknowledged after the commit; an event handed over twice is stored once.
  func record(_ call: ReceiptsAPI.RecordEvents, _ context: CallContext) async throws -> ReceiptsAPI.RecordEvents.Reply {
    guard call.events.count <= Self.batchLimit else {
      throw CallFailure.invalidArgument(
        "BATCH_TOO_LARGE", "events has at most \(Self.batchLimit) entries", field: "events")
    }
    let now = clock.now
    let outcomes = try await database.write { connection in
      try call.events.map { try EventRow.record($0, at: now, connection) }
    }
    onStored()
    return ReceiptsAPI.RecordEvents.Reply(outcomes: outcomes)
  }

  func deliveries(_ call: ReceiptsAPI.ListDeliveries, _ context: CallContext) async throws -> Page<Delivery> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read {
      try DeliveryRow.list(sender: call.senderID, account: account, before: before, limit: limit + 1, $0)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }
}
