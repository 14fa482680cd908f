package import Wire

extension MessagingRouterAPI {
  /// What waits to be sent, and what stays unknown.
  package static let schedulerCalls: [any Call.Type] = [
    GetLimits.self, ResumeSending.self, ListUnknownMessages.self, ResolveMessage.self,
  ]

  /// How much of Meta's limits a sender uses.
  package struct GetLimits: Call {
    package static let method = "messaging.limits.get"
    package static let summary = "How much of Meta's limits a sender uses, what waits, and what holds it back."
    package static let details = """
      Shows the messages per second of a sender, how many people its business portfolio wrote to first within the \
      last 24 hours and of how many, what is queued, and what holds it back, with the next step. The portfolio's \
      limit is shared by all of its numbers; while it is full, messages inside open conversations go on.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/limits", role: .viewer)
    package typealias Reply = SenderLimits
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Ends the pauses of a sender.
  package struct ResumeSending: Call {
    package static let method = "messaging.sending.resume"
    package static let summary = "End a sender's pauses now, once what caused them is mended."
    package static let details = """
      Ends the pauses of a sender and of its broadcasts that Meta's refusals caused, and sends on. One message goes \
      first after a pause that needs attention: if Meta refuses it for the same reason, the pause is back. The \
      portfolio's limit and the rates of Meta are not changed by this.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/senders/{sender_id}/sending/resume", role: .operator)
    package typealias Reply = SenderLimits
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Messages that are unknown.
  package struct ListUnknownMessages: Call {
    package static let method = "messaging.message.unknown"
    package static let summary = "Messages of which nobody knows whether they reached Meta, newest first."
    package static let details = """
      Lists messages whose send ended without an answer. Meta's status webhook settles most of them within seconds. \
      Those with `is_unsettled` stayed unknown although webhooks have arrived since then for as long as the \
      service's settle time: they wait for a decision (`POST /v1/messages/{id}/resolve`).
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/messages/unknown", role: .viewer)
    package typealias Reply = Page<UnknownMessage>
    package var senderID: SenderID?
    /// True for those that wait for a decision, false for those that webhooks may still settle.
    package var isUnsettled: Bool?
    package var limit: Int?
    package var cursor: String?

    package init(senderID: SenderID? = nil, isUnsettled: Bool? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.senderID = senderID
      self.isUnsettled = isUnsettled
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Decides what becomes of a message that is unknown.
  package struct ResolveMessage: Call {
    package static let method = "messaging.message.resolve"
    package static let summary = "Decide what becomes of a message that stayed unknown."
    package static let details = """
      Decides what becomes of a message that is `unknown`: `resend` queues it again, and the customer may get it \
      twice; `failed` and `accepted` take it for that. Resending is refused with `MESSAGE_NOT_SETTLED` while Meta's \
      webhook may still tell. What Meta tells later is proof and beats the decision. The reason is kept.
      """
    package static let secretFields = MessagingRouterAPI.personalFields
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/messages/{id}/resolve", role: .operator)
    package typealias Reply = Message
    package var id: MessageID
    package var decision: UnknownMessage.Decision
    /// 1 to 500 characters, for whoever asks later.
    package var reason: String

    package init(id: MessageID, decision: UnknownMessage.Decision, reason: String) {
      self.id = id
      self.decision = decision
      self.reason = reason
    }
  }
}
