package import Wire

extension MessagingRouterAPI {
  /// Starts a draft.
  package struct StartBroadcast: Call {
    package static let method = "messaging.broadcast.start"
    package static let summary = "Start a broadcast: template and recipients are frozen, and sending begins."
    package static let details = """
      Freezes the template, the variables and the recipients of a draft and begins to send, or waits until its \
      `start_at`. Refused when the sender is not online, the template is not approved or wants other variables than \
      the draft was made with (`TEMPLATE_CHANGED`), or there are no recipients. People who refuse marketing are \
      skipped. It pauses by itself when Meta pauses or changes the template, rates the sender RED or limits it for \
      spam, when the sender goes offline, or when more than a quarter of the last 200 messages fail.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts/{id}/start", role: .operator)
    package typealias Reply = Broadcast
    package var id: BroadcastID

    package init(id: BroadcastID) { self.id = id }
  }

  /// Stops sending for now.
  package struct PauseBroadcast: Call {
    package static let method = "messaging.broadcast.pause"
    package static let summary = "Pause a broadcast: what has not gone to Meta waits."
    package static let details = """
      Stops sending. Messages that were queued and have not gone to Meta are taken back: their recipients are \
      `pending` again. A paused one stays paused.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts/{id}/pause", role: .operator)
    package typealias Reply = Broadcast
    package var id: BroadcastID

    package init(id: BroadcastID) { self.id = id }
  }

  /// Goes on.
  package struct ResumeBroadcast: Call {
    package static let method = "messaging.broadcast.resume"
    package static let summary = "Go on with a paused broadcast where it stopped. Nobody gets it twice."
    package static let details = """
      Goes on where it stopped. What would refuse a start refuses this as well; after a spam limit end the sender's \
      pause first (`POST /v1/senders/{sender_id}/sending/resume`). A running one goes on running: two calls are one.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts/{id}/resume", role: .operator)
    package typealias Reply = Broadcast
    package var id: BroadcastID

    package init(id: BroadcastID) { self.id = id }
  }

  /// Calls off the rest.
  package struct CancelBroadcast: Call {
    package static let method = "messaging.broadcast.cancel"
    package static let summary = "Call off the rest of a broadcast. There is no way back."
    package static let details = """
      Calls off what has not gone to Meta: queued messages end as `cancelled`, and nobody else is written to. What \
      Meta has taken is delivered. A draft can be called off too.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts/{id}/cancel", role: .operator)
    package typealias Reply = Broadcast
    package var id: BroadcastID

    package init(id: BroadcastID) { self.id = id }
  }
}
