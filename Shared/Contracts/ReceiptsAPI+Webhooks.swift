package import Wire

extension ReceiptsAPI {
  /// Where events are pushed.
  package static let webhookCalls: [any Call.Type] = [
    SetWebhook.self, GetWebhook.self, CreateWebhook.self, ListWebhooks.self, ReadWebhook.self,
    UpdateWebhook.self, DeleteWebhook.self, PauseWebhook.self,
  ]

  /// Sets where a sender's receipts go. The first save or test makes the signing secret and shows it once; a repeat under
  /// the same idempotency key within 24 hours gets the same answer, the secret with it.
  package struct SetWebhook: Call {
    package static let method = "receipts.webhook.set"
    package static let summary =
      "Set where a sender's receipts are pushed. The first save shows the signing secret, once."
    package static let details = """
      Sets the URL that every status of a sender's messages is pushed to, signed. If there is no signing secret yet \
      it is made and shown in this answer only. A repeat with the same `Idempotency-Key` within 24 hours shows the \
      same answer. Everything else of the webhook is set with `PATCH /v1/webhooks/{webhook_id}`.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.put, "/v1/senders/{sender_id}/receipts-webhook", role: .operator)
    package typealias Reply = Webhook
    package var senderID: SenderID
    /// `https://…`; plain `http` only where the operator allows it.
    package var url: String
    package var ifVersion: Int64?

    package init(senderID: SenderID, url: String, ifVersion: Int64? = nil) {
      self.senderID = senderID
      self.url = url
      self.ifVersion = ifVersion
    }
  }

  /// The receipts webhook of a sender, without its secret.
  package struct GetWebhook: Call {
    package static let method = "receipts.webhook.get"
    package static let summary = "Where a sender's receipts are pushed."
    package static let details = """
      Shows where a sender's receipts are pushed, without the signing secret.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/receipts-webhook", role: .viewer)
    package typealias Reply = Webhook
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Adds an endpoint of the account.
  package struct CreateWebhook: Call {
    package static let method = "receipts.webhook.create"
    package static let summary =
      "Add an endpoint that gets events of the account. The signing secret is shown once."
    package static let details = """
      Adds an endpoint that events of the account are pushed to, signed: all of them, or the types and the sender \
      that are asked for. It gets what happens from now on; a replay has what was before. A body is one event as `GET /v1/events` shows it. The signing secret is in this answer \
      only. An account has at most 50 endpoints, beside the webhooks of its senders.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks", role: .operator, successStatus: 201)
    package static let secretFields: Set<String> = ["value"]
    package typealias Reply = Webhook
    /// `https://…`; plain `http` only where the operator allows it.
    package var url: String
    /// The only sender whose events it gets; all when absent, and what is of no sender.
    package var senderID: SenderID?
    /// At most 200 characters, for people.
    package var description: String?
    /// Which events it gets; all when absent.
    package var eventTypes: [PlatformEvent.Kind]?
    /// At most 20, sent with every delivery; none that the platform sets itself. They replace all there are.
    package var headers: [WebhookHeader]?
    /// Events of one contact one after the other: a failing one holds up those behind it.
    package var isOrdered: Bool?
    /// Attempts a second at most, 0.1 to 1,000.
    package var maxPerSecond: Double?
    /// Attempts at the same time at most, 1 to 64.
    package var maxConcurrency: Int?
    /// `standard`, `short` (0s,30s,60s,120s), or 1 to 50 pauses of at most 7 days each, such as `0s,5s,5m`.
    package var retrySchedule: String?

    package init(
      url: String, senderID: SenderID? = nil, description: String? = nil, eventTypes: [PlatformEvent.Kind]? = nil,
      headers: [WebhookHeader]? = nil, isOrdered: Bool? = nil, maxPerSecond: Double? = nil,
      maxConcurrency: Int? = nil, retrySchedule: String? = nil
    ) {
      self.url = url
      self.senderID = senderID
      self.description = description
      self.eventTypes = eventTypes
      self.headers = headers
      self.isOrdered = isOrdered
      self.maxPerSecond = maxPerSecond
      self.maxConcurrency = maxConcurrency
      self.retrySchedule = retrySchedule
    }
  }

  /// Webhooks of the account.
  package struct ListWebhooks: Call {
    package static let method = "receipts.webhook.list"
    package static let summary = "All webhooks of the account, those of senders included, newest first."
    package static let details = """
      Lists the webhooks of the account, newest first: the receipts webhooks of its senders and its endpoints, each \
      with whether it takes what it is sent.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/webhooks", role: .viewer)
    package typealias Reply = Page<Webhook>
    package var limit: Int?
    package var cursor: String?

    package init(limit: Int? = nil, cursor: String? = nil) {
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One webhook by its id, of either kind.
  package struct ReadWebhook: Call {
    package static let method = "receipts.webhook.read"
    package static let summary = "One webhook, without its secret."
    package static let details = """
      Shows a webhook: where it goes, what it gets, and whether it takes it. The signing secret is never shown \
      again.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/webhooks/{webhook_id}", role: .viewer)
    package typealias Reply = Webhook
    package var webhookID: WebhookID

    package init(webhookID: WebhookID) { self.webhookID = webhookID }
  }

  /// Merges changes into a webhook.
  package struct UpdateWebhook: Call {
    package static let method = "receipts.webhook.update"
    package static let summary = "Change a webhook. Absent fields stay, null unsets."
    package static let details = """
      Merges changes into a webhook: what is absent stays, `null` unsets, `headers` are replaced as a whole; one \
      without a `value` keeps the value it has. A receipts webhook always gets the steps of its sender's messages: \
      `event_types` of it is refused. Changes apply to what waits already.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.patch, "/v1/webhooks/{webhook_id}", role: .operator)
    package static let secretFields: Set<String> = ["value"]
    package typealias Reply = Webhook
    package var webhookID: WebhookID
    package var url: String?
    /// At most 200 characters, for people.
    package var description: Patch<String>
    /// Which events it gets; all when null.
    package var eventTypes: Patch<[PlatformEvent.Kind]>
    /// At most 20, sent with every delivery; none that the platform sets itself. They replace all there are.
    package var headers: [WebhookHeader]?
    /// Events of one contact one after the other: a failing one holds up those behind it.
    package var isOrdered: Bool?
    /// Attempts a second at most, 0.1 to 1,000.
    package var maxPerSecond: Patch<Double>
    /// Attempts at the same time at most, 1 to 64.
    package var maxConcurrency: Patch<Int>
    /// `standard`, `short` (0s,30s,60s,120s), or 1 to 50 pauses of at most 7 days each, such as `0s,5s,5m`.
    package var retrySchedule: Patch<String>
    package var ifVersion: Int64?

    package init(
      webhookID: WebhookID, url: String? = nil, description: Patch<String> = .absent,
      eventTypes: Patch<[PlatformEvent.Kind]> = .absent, headers: [WebhookHeader]? = nil, isOrdered: Bool? = nil,
      maxPerSecond: Patch<Double> = .absent, maxConcurrency: Patch<Int> = .absent,
      retrySchedule: Patch<String> = .absent, ifVersion: Int64? = nil
    ) {
      self.webhookID = webhookID
      self.url = url
      self.description = description
      self.eventTypes = eventTypes
      self.headers = headers
      self.isOrdered = isOrdered
      self.maxPerSecond = maxPerSecond
      self.maxConcurrency = maxConcurrency
      self.retrySchedule = retrySchedule
      self.ifVersion = ifVersion
    }
  }

  /// Removes a webhook and calls off its deliveries.
  package struct DeleteWebhook: Call {
    package static let method = "receipts.webhook.delete"
    package static let summary = "Delete a webhook. What has not been delivered to it never will be."
    package static let details = """
      Deletes a webhook with its secret. Deliveries that wait are cancelled; what was delivered stays in the log as \
      long as its events.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.delete, "/v1/webhooks/{webhook_id}", role: .operator, successStatus: 204)
    package typealias Reply = Done
    package var webhookID: WebhookID
    package var ifVersion: Int64?

    package init(webhookID: WebhookID, ifVersion: Int64? = nil) {
      self.webhookID = webhookID
      self.ifVersion = ifVersion
    }
  }

  /// Stops deliveries for now.
  package struct PauseWebhook: Call {
    package static let method = "receipts.webhook.pause"
    package static let summary = "Pause a webhook: events are kept for it and not delivered."
    package static let details = """
      Stops deliveries to a webhook. Events go on being kept for it, as long as events are kept, until it is \
      resumed. A paused one stays paused.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks/{webhook_id}/pause", role: .operator)
    package typealias Reply = Webhook
    package var webhookID: WebhookID

    package init(webhookID: WebhookID) { self.webhookID = webhookID }
  }

  /// Goes on, and closes the gap.
  package struct ResumeWebhook: Call {
    package static let method = "receipts.webhook.resume"
    package static let summary = "Resume a paused webhook, and deliver what it missed."
    package static let details = """
      Goes on with deliveries. What was kept for it meanwhile, and what had failed for good since it began to fail, \
      is delivered in the lane of replays, oldest first; with `skip_missed` it is called off instead.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks/{webhook_id}/resume", role: .operator)
    package typealias Reply = Webhook
    package var webhookID: WebhookID
    /// True: what it missed is not delivered.
    package var skipMissed: Bool?

    package init(webhookID: WebhookID, skipMissed: Bool? = nil) {
      self.webhookID = webhookID
      self.skipMissed = skipMissed
    }
  }
}
