package import Wire

extension ReceiptsAPI {
  /// What was delivered, and every attempt.
  package static let deliveryCalls: [any Call.Type] = [
    ListDeliveries.self, ListWebhookDeliveries.self, ListWebhookAttempts.self, GetDelivery.self,
  ]

  /// Deliveries of a sender with their attempts, newest first.
  package struct ListDeliveries: Call {
    package static let method = "receipts.delivery.list"
    package static let summary = "Deliveries of a sender's events with their last attempts, newest first."
    package static let details = """
      Lists the deliveries of a sender's events to every webhook, newest first, each with its last 5 attempts, what they \
      were answered, and when the next one is due. An answer ends before 512 KiB.
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

  /// Deliveries to a webhook, newest first.
  package struct ListWebhookDeliveries: Call {
    package static let method = "receipts.delivery.of_webhook"
    package static let summary = "Deliveries to a webhook with their last attempts, newest first."
    package static let details = """
      Lists the deliveries to a webhook, newest first, each with its last 5 attempts; with `state` only those in it. \
      An answer ends before 512 KiB and looks at 10,000 deliveries at most: with `state` a page may hold fewer than `limit`, or none, and still \
      name a `next_cursor`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/webhooks/{webhook_id}/deliveries", role: .viewer)
    package typealias Reply = Page<Delivery>
    package var webhookID: WebhookID
    package var state: Delivery.State?
    package var limit: Int?
    package var cursor: String?

    package init(webhookID: WebhookID, state: Delivery.State? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.webhookID = webhookID
      self.state = state
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// The attempt log of a webhook, newest first.
  package struct ListWebhookAttempts: Call {
    package static let method = "receipts.attempt.list"
    package static let summary = "The attempt log of a webhook, newest first."
    package static let details = """
      Lists every attempt to deliver to a webhook, newest first: when, which address was dialled, how long it took, \
      the status, the beginning of the answer, or why there was none. Kept for 30 days unless the operator set \
      another time. One answer looks at 10,000 attempts at most: with `failed_only` a page may hold fewer than \
      `limit`, or none, and still name a `next_cursor`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/webhooks/{webhook_id}/attempts", role: .viewer)
    package typealias Reply = Page<LoggedAttempt>
    package var webhookID: WebhookID
    /// True: without those that succeeded.
    package var failedOnly: Bool?
    package var limit: Int?
    package var cursor: String?

    package init(webhookID: WebhookID, failedOnly: Bool? = nil, limit: Int? = nil, cursor: String? = nil) {
      self.webhookID = webhookID
      self.failedOnly = failedOnly
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One delivery.
  package struct GetDelivery: Call {
    package static let method = "receipts.delivery.get"
    package static let summary = "One delivery with its attempts."
    package static let details = """
      Shows a delivery, its last 100 attempts, and when the next one is due.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/deliveries/{delivery_id}", role: .viewer)
    package typealias Reply = Delivery
    package var deliveryID: DeliveryID

    package init(deliveryID: DeliveryID) { self.deliveryID = deliveryID }
  }

  /// Delivers one event once more.
  package struct ReplayDelivery: Call {
    package static let method = "receipts.delivery.replay"
    package static let summary = "Deliver one event once more."
    package static let details = """
      Queues a delivery once more, whatever became of it, under the same `webhook-id` and with the same body. One \
      that waits is tried at once. Refused while its webhook is paused (`WEBHOOK_PAUSED`) and when the person it is \
      about was erased (`EVENT_ERASED`). What earlier attempts were answered is left out: read the delivery for it.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/deliveries/{delivery_id}/replay", role: .operator)
    /// An endpoint's answers may repeat what was sent to it, and the audit log is out of an erasure's reach.
    package static let secretFields: Set<String> = ["response"]
    package typealias Reply = Delivery
    package var deliveryID: DeliveryID

    package init(deliveryID: DeliveryID) { self.deliveryID = deliveryID }
  }
}
