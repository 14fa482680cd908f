package import Wire

extension SenderRegistryAPI {
  /// Senders: creating, reading, changing.
  package static let senderCalls: [any Call.Type] = [
    CreateSender.self, GetSender.self, ListSenders.self, UpdateSender.self,
  ]

  /// Creates a sender for a number the business owns, or for one of the inventory.
  package struct CreateSender: Call {
    package static let method = "registry.sender.create"
    package static let summary =
      "Create a sender for a number that the business owns, or for one of the inventory. It starts pending."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders", role: .operator, successStatus: 201)
    package typealias Reply = Sender
    /// A number of the business's own. Exactly one of `phoneNumber` and `numberID` is given.
    package var phoneNumber: PhoneNumber?
    /// A number of the inventory.
    package var numberID: NumberID?
    /// 2 to 75 characters; Meta reviews it.
    package var displayName: String
    /// What customers shall see; sent to Meta once the sender is online.
    package var profile: ProfileDraft?

    package init(
      phoneNumber: PhoneNumber? = nil, numberID: NumberID? = nil, displayName: String, profile: ProfileDraft? = nil
    ) {
      self.phoneNumber = phoneNumber
      self.numberID = numberID
      self.displayName = displayName
      self.profile = profile
    }
  }

  /// One sender.
  package struct GetSender: Call {
    package static let method = "registry.sender.get"
    package static let summary = "One sender with its state, reasons and assistant."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}", role: .viewer)
    package typealias Reply = Sender
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Senders of the account, newest first.
  package struct ListSenders: Call {
    package static let method = "registry.sender.list"
    package static let summary = "Senders of the account, newest first."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders", role: .viewer)
    package typealias Reply = Page<Sender>
    package var status: SenderStatus?
    package var origin: Sender.Origin?
    /// Meta's `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    package var qualityRating: String?
    /// Meta's id of the business portfolio.
    package var portfolioID: String?
    /// The whole number, in any spelling; the `+` may be left out.
    package var phoneNumber: String?
    /// A part of the display name; of ASCII letters both cases are found.
    package var search: String?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(
      status: SenderStatus? = nil, origin: Sender.Origin? = nil, qualityRating: String? = nil,
      portfolioID: String? = nil, phoneNumber: String? = nil, search: String? = nil, limit: Int? = nil,
      cursor: String? = nil
    ) {
      self.status = status
      self.origin = origin
      self.qualityRating = qualityRating
      self.portfolioID = portfolioID
      self.phoneNumber = phoneNumber
      self.search = search
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Changes what a person may change; absent fields stay.
  package struct UpdateSender: Call {
    package static let method = "registry.sender.update"
    package static let summary =
      "Bind or unbind an assistant, switch its answers on or off, change the name. Absent fields stay, null unbinds."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.patch, "/v1/senders/{id}", role: .operator)
    package typealias Reply = Sender
    package var id: SenderID
    package var assistantID: Patch<AssistantID>
    package var aiEnabled: Bool?
    /// 2 to 75 characters. Of a sender that Meta knows it waits for Meta's review as `requested_display_name`.
    package var displayName: String?
    package var ifVersion: Int64?

    package init(
      id: SenderID, assistantID: Patch<AssistantID> = .absent, aiEnabled: Bool? = nil, displayName: String? = nil,
      ifVersion: Int64? = nil
    ) {
      self.id = id
      self.assistantID = assistantID
      self.aiEnabled = aiEnabled
      self.displayName = displayName
      self.ifVersion = ifVersion
    }
  }
}
