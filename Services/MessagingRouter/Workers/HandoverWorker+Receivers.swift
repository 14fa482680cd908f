import Contracts
import Store
import Telemetry
import Transport
import Wire

extension HandoverWorker where Item == SenderRegistryAPI.RecordMetaEvents.Event {
  /// What Meta told of accounts, for `sender-registry`.
  static func toRegistry(
    _ registry: Peer, database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics
  ) -> HandoverWorker {
    let handedOver = metrics.counter(
      "wss_router_account_events_handed_over_total", "Events of accounts acknowledged by the registry.")
    // Meta's JSON travels as text, which may double it.
    return HandoverWorker(
      AccountOutbox.queue, batchBytes: 256 << 10, handedOver: handedOver, database: database, loop: loop,
      clock: clock, log: log
    ) { events throws(CallFailure) in
      try await registry.call(SenderRegistryAPI.RecordMetaEvents(events: events)).outcomes.map { outcome in
        switch outcome {
        case .stored, .known: .taken
        case .refused: .refused
        }
      }
    }
  }
}
