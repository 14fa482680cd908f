package import Wire

/// What `receipts` answers.
package enum ReceiptsAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] =
    [
      SetWebhook.self, GetWebhook.self, ListDeliveries.self, RecordEvents.self,
    ] + eventCalls

  /// Sets where a sender's receipts go. The first save makes the signing secret and shows it once; a repeat under the
  /// same idempotency key within 24 hours gets the same answer, the secret with it.
  package struct SetWebhook: Call {
    package static let method = "receipts.webhook.set"
    package static let summary =
      "Set where a sender's receipts are pushed. The first save, and `rotate_secret`, show the signing secret, once."
    package static let details = """
      Sets the URL that every status of a sender's messages is pushed to, signed. The first save makes the \
      signing secret and shows it in this answer only; `rotate_secret` makes a new one that replaces the old \
      one at once. A repeat with the same `Idempotency-Key` within 24 hours shows the same answer.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.put, "/v1/senders/{sender_id}/receipts-webhook", role: .operator)
    package typealias Reply = ReceiptsWebhook
    package var senderID: SenderID
    /// `https://…`; plain `http` only where the operator allows it.
    package var url: String
    /// True makes and shows a new signing secret, which replaces the old one at once.
    package var rotateSecret: Bool?
    package var ifVersion: Int64?

    package init(senderID: SenderID, url: String, rotateSecret: Bool? = nil, ifVersion: Int64? = nil) {
      self.senderID = senderID
      self.url = url
      self.rotateSecret = rotateSecret
      self.ifVersion = ifVersion
    }
  }

  /// The webhook of a sender, without its secret.
  package struct GetWebhook: Call {
    package static let method = "receipts.webhook.get"
    package static let summary = "Where a sender's receipts are pushed."
    package static let details = """
      Shows where a sender's receipts are pushed, without the signing secret.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/receipts-webhook", role: .viewer)
    package typealias Reply = ReceiptsWebhook
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Deliveries of a sender with their attempts, newest first.
  package struct ListDeliveries: Call {
    package static let method = "receipts.delivery.list"
    package static let summary = "Deliveries of a sender's receipts with every attempt, newest first."
    package static let details = """
      Lists the deliveries of a sender's receipts, newest first, each with every attempt, what it was \
      answered, and when the next one is due.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/deliveries", role: .viewer)
    package typealias Reply = Page<Delivery>
    package var senderID: SenderID
    package var limit: Int?
    package var cursor: String?

    package init(senderID: SenderID, limit: Int? = nil, cursor: String? = nil) {
      self.senderID = senderID
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Hands over events, at most 256 at a time. Idempotent by event id; a result per event.
  package struct RecordEvents: Call {
    package static let method = "receipts.event.record"
    package static let summary = "Hand over events in their order; stored once per event id."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(10)
    package static let callers: Set<ServiceName> = [.messagingRouter]
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
