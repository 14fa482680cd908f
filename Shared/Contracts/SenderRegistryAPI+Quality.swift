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
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/messaging-tiers", role: .viewer)
    package typealias Reply = Page<MessagingTier>

    package init() {}
  }
}
