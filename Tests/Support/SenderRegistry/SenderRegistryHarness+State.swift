package import Contracts
import Crypto
import Store
import TestSupport
import Wire

extension SenderRegistryHarness {
  /// A sender that is online, connected to the scripted number.
  package func onlineSender(_ number: String = SenderRegistryHarness.number) async throws -> Sender {
    let sender = try await createSender(number)
    try await connect(sender.id)
    return try await self.sender(sender.id, reaches: .online)
  }

  /// The sender as it is now.
  package func get(_ id: SenderID) async throws -> Sender { try await call(SenderRegistryAPI.GetSender(id: id)) }

  /// Reads Meta's state now.
  @discardableResult
  package func refresh(_ id: SenderID) async throws -> Sender {
    try await call(SenderRegistryAPI.RefreshSender(id: id))
  }

  /// An event as the router would hand it over.
  package static func event(
    _ field: String, _ value: String, id: EventID? = nil, waba: String = "1029"
  ) -> SenderRegistryAPI.RecordMetaEvents.Event {
    SenderRegistryAPI.RecordMetaEvents.Event(
      eventID: id ?? EventID(trusted: "evt_" + ULID.make(milliseconds: 1_795_000_000_000)), wabaID: waba, field: field,
      value: value, receivedAt: Timestamp(milliseconds: 1_795_000_000_000))
  }

  /// Hands events over in the router's name.
  @discardableResult
  package func tell(
    _ events: SenderRegistryAPI.RecordMetaEvents.Event...
  ) async throws -> [SenderRegistryAPI.RecordMetaEvents.Outcome] {
    try await call(SenderRegistryAPI.RecordMetaEvents(events: events), from: .messagingRouter).outcomes
  }

  /// The account's events of a kind, oldest first.
  package func events(_ kind: String? = nil) async throws -> [AccountEvent] {
    try await call(SenderRegistryAPI.ListEvents(kind: kind, limit: 100)).data.reversed()
  }

  /// The sender's history, oldest first, as `event:status`.
  package func history(_ id: SenderID) async throws -> [String] {
    try await call(SenderRegistryAPI.ListSenderHistory(id: id, limit: 100)).data.reversed().map {
      "\($0.event):\($0.to.rawValue)"
    }
  }

  /// The one column of a query's rows, as text.
  package func text(_ sql: String) async throws -> [String] {
    try await database.read { connection in
      try connection.all("WITH found (x) AS (\(sql)) SELECT CAST(x AS TEXT) FROM found") { row in
        try row.optionalText(0) ?? "NULL"
      }
    }
  }
}
