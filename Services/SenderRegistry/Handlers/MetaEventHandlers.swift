import Contracts
import Store
import Telemetry
import Wire
import Workers

/// What Meta told of accounts and numbers, as the router hands it over.
struct MetaEventHandlers: Sendable {
  let database: Database
  let notifier: ChangeNotifier
  /// Called when a reading may have become due.
  let wake: @Sendable () -> Void
  let clock: WallClock
  let log: Log
  let metrics: Metrics

  static let maximumEvents = 256

  /// Stores and acts on each event on its own: one that cannot be stored is refused, the others go on.
  func record(
    _ call: SenderRegistryAPI.RecordMetaEvents, _ context: CallContext
  ) async throws -> SenderRegistryAPI.RecordMetaEvents.Reply {
    guard (1...Self.maximumEvents).contains(call.events.count) else {
      throw CallFailure.invalidArgument(
        "EVENTS_OUT_OF_RANGE", "events: 1 to \(Self.maximumEvents), not \(call.events.count)", field: "events")
    }
    let now = clock.now
    let outcomes = try await database.write { connection in
      let outcomes = try call.events.map { try outcome(of: $0, connection, now: now) }
      connection.afterCommit {
        notifier.announce()
        wake()
      }
      return outcomes
    }
    for (event, outcome) in zip(call.events, outcomes) {
      metrics.counter(
        "wss_registry_meta_events_total", "Events of Meta's by what came of them.",
        labels: ["outcome": outcome.rawValue]
      ).increment()
      log.info(
        "meta.event",
        [
          "event": .string(event.eventID.text), "waba": .string(String(event.wabaID.prefix(32))),
          "field": .string(String(event.field.prefix(64))), "outcome": .string(outcome.rawValue),
        ])
    }
    return .init(outcomes: outcomes)
  }

  private func outcome(
    of event: SenderRegistryAPI.RecordMetaEvents.Event, _ connection: Connection, now: Int64
  ) throws -> SenderRegistryAPI.RecordMetaEvents.Outcome {
    guard MetaIdentifier.isValid(event.wabaID), (1...64).contains(event.field.utf8.count),
      event.value.utf8.count <= SenderRegistryAPI.RecordMetaEvents.maximumValueBytes
    else { return .refused }
    do {
      return try connection.part { try connection.take(event, now: now) ? .stored : .known }
    } catch let failure as StoreFailure where failure.isAboutTheValues {
      // Says something about the event, not about the disk: the others must not wait for it.
      log.error("meta.event_refused", ["event": .string(event.eventID.text), "error": .failure(failure)])
      return .refused
    }
  }
}

extension StoreFailure {
  /// True for failures that another try cannot mend.
  fileprivate var isAboutTheValues: Bool {
    switch code {
    case .constraint, .unexpectedType, .tooBig: true
    default: false
    }
  }
}
