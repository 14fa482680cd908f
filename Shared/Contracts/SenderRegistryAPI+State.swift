package import Wire

extension SenderRegistryAPI {
  /// A sender's state: switching, reading, removing, history.
  package static let stateCalls: [any Call.Type] = [
    DisableSender.self, EnableSender.self, RefreshSender.self, DeleteSender.self, ListSenderHistory.self,
  ]

  /// Switches a sender off by hand.
  package struct DisableSender: Call {
    package static let method = "registry.sender.disable"
    package static let summary = "Switch a sender off: nothing is sent from it until it is enabled again."
    package static let details =
      "The sender becomes offline with the reason DISABLED_BY_HAND and stays so, whatever Meta says, until "
      + "it is enabled. What Meta says meanwhile is among its reasons. Only a sender that was connected once "
      + "can be switched off; doing it twice is the same as once."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders/{id}/disable", role: .operator)
    package typealias Reply = Sender
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Switches a sender on again and reads Meta's state at once.
  package struct EnableSender: Call {
    package static let method = "registry.sender.enable"
    package static let summary = "Switch a sender on again. Meta's state is read at once."
    package static let details =
      "Switches a sender on that was disabled, and reads Meta's state before it answers, so the answer "
      + "usually shows the sender online. When Meta does not answer, the sender is offline with the reason "
      + "STATE_NOT_READ until the next reading."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders/{id}/enable", role: .operator)
    package typealias Reply = Sender
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Reads Meta's state of a sender now.
  package struct RefreshSender: Call {
    package static let method = "registry.sender.refresh"
    package static let summary = "Read Meta's state of a sender now, instead of at the next turn."
    package static let details =
      "Reads number state, health, quality, limit, throughput and name review from Meta and answers with "
      + "the sender afterwards. A failed reading changes nothing by itself. One sender can be refreshed once "
      + "in 10 seconds (REFRESHED_JUST_NOW)."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/senders/{id}/refresh", role: .operator)
    package typealias Reply = Sender
    package var id: SenderID

    package init(id: SenderID) { self.id = id }
  }

  /// Removes a sender here; the number stays registered at Meta.
  package struct DeleteSender: Call {
    package static let method = "registry.sender.delete"
    package static let summary = "Delete a sender with its credentials. The number stays registered at Meta."
    package static let details =
      "Removes the sender and wipes its credentials; its number may be used for another sender at once. "
      + "History, readings and events stay. The number stays registered at Meta with a PIN that nobody knows "
      + "any more: to register it elsewhere, switch two-step verification off in WhatsApp Manager. Refused "
      + "while the sender is being connected."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.delete, "/v1/senders/{id}", role: .admin, successStatus: 204)
    package typealias Reply = Done
    package var id: SenderID
    package var ifVersion: Int64?

    package init(id: SenderID, ifVersion: Int64? = nil) {
      self.id = id
      self.ifVersion = ifVersion
    }
  }

  /// Changes of a sender's state, newest first.
  package struct ListSenderHistory: Call {
    package static let method = "registry.sender.history"
    package static let summary = "Every change of a sender's state with its reasons, newest first."
    package static let details =
      "Every change of the sender's state: what happened, from which state to which, and the reasons it had "
      + "from then on."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/senders/{id}/history", role: .viewer)
    package typealias Reply = Page<SenderChange>
    package var id: SenderID
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(id: SenderID, limit: Int? = nil, cursor: String? = nil) {
      self.id = id
      self.limit = limit
      self.cursor = cursor
    }
  }
}
