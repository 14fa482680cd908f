package import Wire

extension ReceiptsAPI {
  /// Delivering once more, many at a time.
  package static let replayCalls: [any Call.Type] = [
    ReplayDelivery.self, StartReplay.self, ListReplays.self, GetReplay.self, CancelReplay.self, ResumeWebhook.self,
  ]

  /// Delivers many events once more.
  package struct StartReplay: Call {
    package static let method = "receipts.replay.start"
    package static let summary =
      "Deliver events to a webhook once more: by filter, by time, or since the last success."
    package static let details = """
      Queues the selected events for a webhook, oldest first, in a lane of their own: new events are not held up. \
      Events from before the webhook existed are among them. Ids and bodies are those of the first time, so \
      receivers that drop ids they know see nothing twice. With `dry_run` nothing is queued and the answer says how \
      many it would be. One replay of a webhook runs at a time (`REPLAY_RUNNING`).
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks/{webhook_id}/replays", role: .operator)
    package typealias Reply = Replay
    package var webhookID: WebhookID
    /// All that was not delivered, as long as events are kept, when absent.
    package var selection: ReplaySelection?
    /// True: only count.
    package var dryRun: Bool?

    package init(webhookID: WebhookID, selection: ReplaySelection? = nil, dryRun: Bool? = nil) {
      self.webhookID = webhookID
      self.selection = selection
      self.dryRun = dryRun
    }
  }

  /// Replays of a webhook.
  package struct ListReplays: Call {
    package static let method = "receipts.replay.list"
    package static let summary = "Replays of a webhook, newest first."
    package static let details = """
      Lists the replays of a webhook, newest first, each with how far it is.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/webhooks/{webhook_id}/replays", role: .viewer)
    package typealias Reply = Page<Replay>
    package var webhookID: WebhookID
    package var limit: Int?
    package var cursor: String?

    package init(webhookID: WebhookID, limit: Int? = nil, cursor: String? = nil) {
      self.webhookID = webhookID
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One replay.
  package struct GetReplay: Call {
    package static let method = "receipts.replay.get"
    package static let summary = "One replay and how far it is."
    package static let details = """
      Shows a replay: what it selects, how many it found, how many are queued.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/replays/{replay_id}", role: .viewer)
    package typealias Reply = Replay
    package var replayID: ReplayID

    package init(replayID: ReplayID) { self.replayID = replayID }
  }

  /// Stops a replay.
  package struct CancelReplay: Call {
    package static let method = "receipts.replay.cancel"
    package static let summary =
      "Stop a replay. What it has queued is called off if it has not been attempted."
    package static let details = """
      Stops a replay. What it has queued and nobody has attempted is called off; what was delivered stays delivered. \
      Of a gap (see *resume*) what is still kept is called off as well; what is skipped cannot be stopped \
      (`SKIP_NOT_STOPPABLE`). One that is over changes nothing.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/replays/{replay_id}/cancel", role: .operator)
    package typealias Reply = Replay
    package var replayID: ReplayID

    package init(replayID: ReplayID) { self.replayID = replayID }
  }
}
