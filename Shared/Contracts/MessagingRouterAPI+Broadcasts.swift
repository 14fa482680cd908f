package import JSON
package import Wire

extension MessagingRouterAPI {
  /// One template to many.
  package static let broadcastCalls: [any Call.Type] =
    [
      CreateBroadcast.self, ListBroadcasts.self, GetBroadcast.self, UpdateBroadcast.self, StartBroadcast.self,
      PauseBroadcast.self, ResumeBroadcast.self, CancelBroadcast.self, GetBroadcastForecast.self,
      ListBroadcastEvents.self,
    ] + broadcastRecipientCalls

  /// Makes a draft.
  package struct CreateBroadcast: Call {
    package static let method = "messaging.broadcast.create"
    package static let summary = "Make a broadcast: one approved template to many recipients. Nothing is sent yet."
    package static let details = """
      Makes a draft. Give it its recipients (`POST …/recipients`, or a file by `POST …/upload`), look at the forecast, \
      and start it. `variables` are the values of recipients that bring none of their own, named as in the template.
      """
    package static let requestExample: JSONObject = [
      "variables": ["1": "Ann"], "header_media": .null, "start_at": .null, "name": "Winter sale",
    ]
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts", role: .operator, successStatus: 201)
    package typealias Reply = Broadcast
    package var senderID: SenderID
    package var templateID: TemplateID
    /// 1 to 200 characters, for people.
    package var name: String
    package var variables: [String: String]?
    /// For a header that shows a medium: the same for all.
    package var headerMedia: MessageMedia?
    /// Once started, nothing is sent before this moment.
    package var startAt: Timestamp?

    package init(
      senderID: SenderID, templateID: TemplateID, name: String, variables: [String: String]? = nil,
      headerMedia: MessageMedia? = nil, startAt: Timestamp? = nil
    ) {
      self.senderID = senderID
      self.templateID = templateID
      self.name = name
      self.variables = variables
      self.headerMedia = headerMedia
      self.startAt = startAt
    }
  }

  /// Broadcasts of the account.
  package struct ListBroadcasts: Call {
    package static let method = "messaging.broadcast.list"
    package static let summary = "Broadcasts of the account with their counts, newest first."
    package static let details = """
      Lists the broadcasts of the account with how many recipients are where, newest first; of one sender with \
      `sender_id`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/broadcasts", role: .viewer)
    package typealias Reply = Page<Broadcast>
    package var senderID: SenderID?
    package var limit: Int?
    package var cursor: String?

    package init(senderID: SenderID? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.senderID = senderID
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One broadcast.
  package struct GetBroadcast: Call {
    package static let method = "messaging.broadcast.get"
    package static let summary = "One broadcast: its state, why it is paused, and how many recipients are where."
    package static let details = """
      Shows one broadcast with its counts, which are those of this moment. Its `ETag` is what `If-Match` of a later \
      change takes.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/broadcasts/{id}", role: .viewer)
    package typealias Reply = Broadcast
    package var id: BroadcastID

    package init(id: BroadcastID) { self.id = id }
  }

  /// Changes a draft.
  package struct UpdateBroadcast: Call {
    package static let method = "messaging.broadcast.update"
    package static let summary = "Change a draft. Absent fields stay, null unsets."
    package static let details = """
      Merges changes into a draft; a broadcast that was started is refused with `BROADCAST_NOT_DRAFT`. Another \
      template is taken as long as it wants the same variables, or there are no recipients yet. `variables` are \
      replaced as a whole.
      """
    package static let requestExample: JSONObject = [
      "variables": ["1": "Ann"], "header_media": .null, "start_at": .null, "name": "Winter sale",
    ]
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.patch, "/v1/broadcasts/{id}", role: .operator)
    package typealias Reply = Broadcast
    package var id: BroadcastID
    package var templateID: TemplateID?
    package var name: String?
    package var variables: [String: String]?
    package var headerMedia: Patch<MessageMedia>
    package var startAt: Patch<Timestamp>
    package var ifVersion: Int64?

    package init(
      id: BroadcastID, templateID: TemplateID? = nil, name: String? = nil, variables: [String: String]? = nil,
      headerMedia: Patch<MessageMedia> = .absent, startAt: Patch<Timestamp> = .absent, ifVersion: Int64? = nil
    ) {
      self.id = id
      self.templateID = templateID
      self.name = name
      self.variables = variables
      self.headerMedia = headerMedia
      self.startAt = startAt
      self.ifVersion = ifVersion
    }
  }

  /// How long the rest takes.
  package struct GetBroadcastForecast: Call {
    package static let method = "messaging.broadcast.forecast"
    package static let summary = "How long the rest of a broadcast takes under the sender's limits."
    package static let details = """
      Works out how long the recipients that wait take: the portfolio's limit of people written to first within 24 \
      hours and what is used of it, and the sender's messages per second. Whoever is inside an open window, or was \
      written to within the day, does not count against the limit. Other sends make it longer.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/broadcasts/{id}/forecast", role: .viewer)
    package typealias Reply = BroadcastForecast
    package var id: BroadcastID

    package init(id: BroadcastID) { self.id = id }
  }

  /// What happened to a broadcast.
  package struct ListBroadcastEvents: Call {
    package static let method = "messaging.broadcast.events"
    package static let summary = "What happened to a broadcast, newest first: started, paused and why, resumed by whom."
    package static let details = """
      Lists what happened to a broadcast and who did it, newest first. Where no `actor` is named the service did it \
      by itself, for the `reason` that is told.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/broadcasts/{id}/events", role: .viewer)
    package typealias Reply = Page<BroadcastEvent>
    package var id: BroadcastID
    package var limit: Int?
    package var cursor: String?

    package init(id: BroadcastID, limit: Int? = nil, cursor: String? = nil) {
      self.id = id
      self.limit = limit
      self.cursor = cursor
    }
  }
}
