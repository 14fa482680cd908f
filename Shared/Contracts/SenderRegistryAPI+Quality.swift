package import Wire

extension SenderRegistryAPI {
  /// Quality and limits.
  package static let qualityCalls: [any Call.Type] = [
    GetSenderQuality.self, ListSenderReadings.self, ListMessagingTiers.self,
  ]

  /// How Meta rates a sender and how much it may send.
  package struct GetSenderQuality: Call {
    package static let method = "registry.sender.quality"
    package static let summary = "A sender's quality rating, messaging limit and throughput, and how to get more."
    package static let details =
      "The rating is Meta's of the last seven days. The messaging limit is shared by all numbers of the "
      + "business portfolio: people that may be written to first within 24 hours. Use within the last 24 "
      + "hours is not counted yet."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}/quality", role: .viewer)
    package typealias Reply = SenderQuality
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Changes of quality, limit, throughput and name, newest first.
  package struct ListSenderReadings: Call {
    package static let method = "registry.sender.readings"
    package static let summary = "Every change of a sender's quality, limit, throughput and name review, newest first."
    package static let details =
      "One line for each change of quality_rating, messaging_limit, throughput or name_status, with the "
      + "value before, and whether Meta was asked (poll), told by itself (webhook), or the connection steps "
      + "asked (signup)."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}/readings", role: .viewer)
    package typealias Reply = Page<SenderReading>
    package var id: SenderID
    /// `quality_rating`, `messaging_limit`, `throughput`, `name_status`.
    package var field: String?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(id: SenderID, field: String? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.id = id
      self.field = field
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Meta's messaging limits, lowest first.
  package struct ListMessagingTiers: Call {
    package static let method = "registry.tiers.list"
    package static let summary =
      "Meta's messaging limits from the lowest to the highest, and how to reach the next one."
    package static let details =
      "The same for every account. Legacy tiers are no longer given but still met."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/messaging-tiers", role: .viewer)
    package typealias Reply = Page<MessagingTier>

    package init() {}
  }
}
