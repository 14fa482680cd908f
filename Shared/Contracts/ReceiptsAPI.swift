package import Wire

/// What `receipts` answers.
package enum ReceiptsAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] =
    webhookCalls + secretCalls + [RecordEvents.self] + eventCalls + deliveryCalls + replayCalls

  /// Hands over events, at most 256 at a time. Idempotent by event id; a result per event.
  package struct RecordEvents: Call {
    package static let method = "receipts.event.record"
    package static let summary = "Hand over events in their order; stored once per event id."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(10)
    package static let callers: Set<ServiceName> = [.messagingRouter, .senderRegistry]
    package var events: [HandedEvent]

    package enum Outcome: String, Codable, Sendable, CaseIterable {
      case stored
      /// It was there already.
      case known
      /// It can never be stored; the sender of it keeps it aside.
      case refused
    }

    package struct Reply: Codable, Sendable {
      /// In the order of the events.
      package var outcomes: [Outcome]

      package init(outcomes: [Outcome]) { self.outcomes = outcomes }
    }

    package init(events: [HandedEvent]) { self.events = events }
  }
}
