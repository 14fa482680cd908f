package import Wire

extension ReceiptsAPI {
  /// Signing secrets and test requests.
  package static let secretCalls: [any Call.Type] = [
    RotateSecret.self, RetireSecret.self, TestSenderWebhook.self, TestWebhook.self,
  ]

  /// Exchanges the signing secret with an overlap.
  package struct RotateSecret: Call {
    package static let method = "receipts.secret.rotate"
    package static let summary =
      "Make a new signing secret; the old one goes on signing beside it for a while."
    package static let details = """
      Makes a new signing secret and shows it in this answer only. For `overlap_hours` the old one signs as well: \
      `webhook-signature` carries both, `X-Signature-256` the old one and `X-Signature-256-Next` the new one. While \
      an overlap runs a second rotation is refused with `ROTATION_RUNNING`, unless `force` ends the overlap at once.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks/{webhook_id}/secret/rotate", role: .operator)
    package typealias Reply = Webhook
    package var webhookID: WebhookID
    /// 0 to 168, 24 when absent; 0 replaces the old one at once.
    package var overlapHours: Int?
    /// True: rotate although the overlap of the last rotation runs; the oldest secret stops signing at once.
    package var force: Bool?

    package init(webhookID: WebhookID, overlapHours: Int? = nil, force: Bool? = nil) {
      self.webhookID = webhookID
      self.overlapHours = overlapHours
      self.force = force
    }
  }

  /// Ends the overlap of a rotation.
  package struct RetireSecret: Call {
    package static let method = "receipts.secret.retire"
    package static let summary = "End the overlap: only the new signing secret signs from now on."
    package static let details = """
      Ends the overlap of a rotation now. Without one it changes nothing.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks/{webhook_id}/secret/retire", role: .operator)
    package typealias Reply = Webhook
    package var webhookID: WebhookID

    package init(webhookID: WebhookID) { self.webhookID = webhookID }
  }

  /// Posts a sample to a sender's receipts webhook.
  package struct TestSenderWebhook: Call {
    package static let method = "receipts.webhook.test_sender"
    package static let summary =
      "Send a signed sample to a sender's receipts webhook and show what came back."
    package static let details = """
      Posts a real, signed sample (`test` is true, ids are placeholders) and answers with what was sent, byte for \
      byte, and what came back in what time. With `url` that address is tried without being saved. If there is no \
      signing secret yet it is made and shown in this answer only. At most one test of a webhook runs at a time, and \
      10 a minute.
      """
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/senders/{sender_id}/receipts-webhook/test", role: .operator)
    package static let secretFields: Set<String> = ["response"]
    package typealias Reply = WebhookTest
    package var senderID: SenderID
    /// Tried instead of the saved one, and not saved.
    package var url: String?

    package init(senderID: SenderID, url: String? = nil) {
      self.senderID = senderID
      self.url = url
    }
  }

  /// Posts a sample to a webhook.
  package struct TestWebhook: Call {
    package static let method = "receipts.webhook.test"
    package static let summary = "Send a signed sample to a webhook and show what came back."
    package static let details = """
      Posts a real, signed sample of an event type (`test` is true, ids are placeholders) and answers with what was \
      sent, byte for byte, and what came back in what time. Paused webhooks can be tested too. At most one test of a \
      webhook runs at a time, and 10 a minute.
      """
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/webhooks/{webhook_id}/test", role: .operator)
    package static let secretFields: Set<String> = ["response"]
    package typealias Reply = WebhookTest
    package var webhookID: WebhookID
    /// `message.status` when absent.
    package var eventType: PlatformEvent.Kind?

    package init(webhookID: WebhookID, eventType: PlatformEvent.Kind? = nil) {
      self.webhookID = webhookID
      self.eventType = eventType
    }
  }
}
