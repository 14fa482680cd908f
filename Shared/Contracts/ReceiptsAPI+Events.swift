package import Wire

extension ReceiptsAPI {
  /// What automation follows.
  package static let eventCalls: [any Call.Type] = [FollowEvents.self]

  /// Events of the account after a cursor, oldest first; waits for one while there is none.
  package struct FollowEvents: Call {
    package static let method = "receipts.event.read"
    package static let summary =
      "What has happened, oldest first, for automation: messages, conversations, templates, senders, broadcasts."
    package static let details = """
      Messages received, conversations started and ended (with their transcript), steps of messages, decisions on \
      templates, changes of senders, and broadcasts that start, pause (with the reason), go on, are over or called \
      off, each stored once and in one order. Ask with the `next_cursor` of the answer before; without a cursor it \
      begins with the oldest event that is kept. With `wait_ms` the answer comes when there is something new, or when \
      the time is over. At most 8 requests of an account wait at the same time. What `data` holds goes by `type`. \
      Take each `id` once: after a fault an answer may be read twice.
      """
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/events", role: .viewer)
    /// Types to show, separated by commas, for example `message.received,conversation.ended`; all when absent.
    package var types: String?
    package var senderID: SenderID?
    /// The `next_cursor` of an earlier answer.
    package var cursor: String?
    /// 1 to 100, default 25. Large events end an answer early.
    package var limit: Int?
    /// How long to wait while there is nothing new: 0 to 20,000 milliseconds, default 0.
    package var waitMs: Int?

    package struct Reply: Codable, Sendable, Equatable {
      package var data: [PlatformEvent]
      /// Where to go on, always there: everything up to it has been looked at.
      package var nextCursor: String

      package init(data: [PlatformEvent], nextCursor: String) {
        self.data = data
        self.nextCursor = nextCursor
      }
    }

    package init(
      types: String? = nil, senderID: SenderID? = nil, cursor: String? = nil, limit: Int? = nil, waitMs: Int? = nil
    ) {
      self.types = types
      self.senderID = senderID
      self.cursor = cursor
      self.limit = limit
      self.waitMs = waitMs
    }
  }
}
