package import Wire

extension SenderRegistryAPI {
  /// What an account should know of.
  package static let eventCalls: [any Call.Type] = [
    ListEvents.self, ReadEvents.self,
  ]

  /// Events of the account, newest first.
  package struct ListEvents: Call {
    package static let method = "registry.events.list"
    package static let summary = "Events of the account, newest first: changes of state, quality and limits, alerts."
    package static let details =
      "What happened to the account's senders, newest first. Events of severity warning and critical are "
      + "the alerts. They are kept for 90 days unless the operator says otherwise."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/account-events", role: .viewer)
    package typealias Reply = Page<AccountEvent>
    package var senderID: SenderID?
    /// For example `sender.status_changed`.
    package var kind: String?
    /// This one and those above it: `warning` shows the alerts.
    package var severity: AccountEvent.Severity?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(
      senderID: SenderID? = nil, kind: String? = nil, severity: AccountEvent.Severity? = nil, limit: Int? = nil,
      cursor: String? = nil
    ) {
      self.senderID = senderID
      self.kind = kind
      self.severity = severity
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Events of the account after a position, oldest first; waits for one while there is none.
  package struct ReadEvents: Call {
    package static let method = "registry.events.read"
    package static let summary =
      "Events of the account after a position, oldest first. Waits for the next one for up to 20 seconds."
    package static let details =
      "For programs that follow along: ask with the position of the answer before. With wait_ms the answer "
      + "comes when there is something new, or when the time is over. At most 8 requests of an account wait "
      + "at the same time."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/account-events/feed", role: .viewer)
    /// The `position` of an earlier answer; absent starts with the oldest event that is kept.
    package var after: String?
    /// How long to wait while there is nothing new: 0 to 20,000 milliseconds, default 0.
    package var waitMs: Int?
    /// 1 to 100, default 25.
    package var limit: Int?

    package struct Reply: Codable, Sendable, Equatable {
      package var data: [AccountEvent]
      /// Where to go on; the same as before when there was nothing new.
      package var position: String

      package init(data: [AccountEvent], position: String) {
        self.data = data
        self.position = position
      }
    }

    package init(after: String? = nil, waitMs: Int? = nil, limit: Int? = nil) {
      self.after = after
      self.waitMs = waitMs
      self.limit = limit
    }
  }
}
