import Contracts
import Store
import Telemetry
import Wire

/// Events in.
struct EventHandlers: Sendable {
  /// Events a hand-over may carry.
  static let batchLimit = 256

  let database: Database
  let clock: WallClock
  let log: Log
  let metrics: Metrics
  /// Called after the commit with the webhooks that have got something new, see `EventBatch.woken`.
  let onStored: @Sendable ([WebhookID: Bool]) -> Void

  /// Acknowledged after the commit; an event handed over twice is stored once.
  func record(_ call: ReceiptsAPI.RecordEvents, _ context: CallContext) async throws -> ReceiptsAPI.RecordEvents.Reply {
    guard call.events.count <= Self.batchLimit else {
      throw CallFailure.invalidArgument(
        "BATCH_TOO_LARGE", "events has at most \(Self.batchLimit) entries", field: "events")
    }
    let now = clock.now
    let outcomes: [ReceiptsAPI.RecordEvents.Outcome]
    let woken: [WebhookID: Bool]
    do {
      (outcomes, woken) = try await database.write { connection in
        var batch = try EventBatch(at: now, connection)
        let outcomes = try call.events.map { try batch.record($0) }
        return (outcomes, batch.woken)
      }
    } catch let failure as StoreFailure {
      log.error("events.not_stored", ["error": .failure(failure)])
      throw CallFailure.storeRefused(failure) ?? failure
    }
    onStored(woken)
    for outcome in Set(outcomes) {
      let count = outcomes.count { $0 == outcome }
      metrics.counter("wss_receipts_events_total", "Events handed over.", labels: ["outcome": outcome.rawValue])
        .increment(by: count)
    }
    for (event, outcome) in zip(call.events, outcomes) where outcome == .refused {
      log.error(
        "event.refused",
        ["event_id": .string(event.id?.text ?? ""), "status": .string(event.status?.status.rawValue ?? "")])
    }
    return ReceiptsAPI.RecordEvents.Reply(outcomes: outcomes)
  }
}
