import Contracts
import JSON

extension TestSample {
  /// The data of every type but the step of a message, as its owner writes it.
  var happening: JSONValue {
    switch type {
    case .messageStatus, .endpointFailing, .endpointRecovered, .endpointPaused: .null
    case .messageReceived:
      [
        "message_id": .string(Self.message.text), "conversation_id": .string(Self.conversation.text), "sender": own,
        "contact": contact, "type": "text", "text": "Are you open today?",
        "content": ["text": ["body": "Are you open today?"]], "timestamp": time,
      ]
    case .conversationStarted:
      [
        "conversation_id": .string(Self.conversation.text), "session": 1, "is_resumed": false, "sender": own,
        "contact": contact, "message_id": .string(Self.message.text), "type": "text", "text": "Are you open today?",
        "started_at": time,
      ]
    case .conversationEnded:
      [
        "conversation_id": .string(Self.conversation.text), "session": 1, "is_resumed": false, "status": "ended",
        "sender": own, "contact": contact, "assistant_id": .null, "message_count": 1,
        "transcript": [
          [
            "message_id": .string(Self.message.text), "role": "user", "type": "text", "text": "Are you open today?",
            "timestamp": time,
          ]
        ], "is_truncated": false, "started_at": time, "last_message_at": time, "ended_at": time,
      ]
    case .templateStatus:
      [
        "template_id": placeholder("tpl"), "name": "order_ready", "language": "en_US", "category": "utility",
        "status": "approved", "change": "status", "before": "pending", "after": "approved", "reason": .null,
        "details": .null,
      ]
    case .senderStatus: ["sender": named, "previous_status": "connecting", "status": "online"]
    case .broadcastStarted: broadcast("running")
    case .broadcastPaused: broadcast("paused", reason: "operator")
    case .broadcastResumed: broadcast("running")
    case .broadcastCompleted: broadcast("completed")
    case .broadcastCancelled: broadcast("cancelled")
    case .verificationStatus:
      [
        "verification_id": placeholder("ver"), "sender_id": .string(sender.id.text), "state": "verified",
        "method": "sms",
      ]
    }
  }

  /// The data of what owners hear of their endpoints.
  var news: EndpointNews.Data? {
    var data = EndpointNews.Data(
      webhookID: WebhookID(trusted: "whk_" + String(repeating: "0", count: 26)), kind: .endpoint,
      host: "hooks.example.com", description: "Order system", failingSince: at)
    switch type {
    case .endpointFailing:
      data.pausesAt = Timestamp(milliseconds: at.milliseconds + EndpointHealth.patience)
      data.lastHTTPStatus = 503
    case .endpointPaused:
      data.reason = Webhook.Pause.Reason.failing.rawValue
      data.lastErrorClass = "timeout"
    case .endpointRecovered: break
    default: return nil
    }
    return data
  }

  private var time: JSONValue { .string(at.description) }

  private func placeholder(_ prefix: String) -> JSONValue {
    .string("\(prefix)_" + String(repeating: "0", count: 26))
  }

  private var own: JSONValue {
    ["id": .string(sender.id.text), "phone_number": sender.phoneNumber.map { .string($0) } ?? .null]
  }

  private var named: JSONValue {
    [
      "id": .string(sender.id.text), "phone_number": sender.phoneNumber.map { .string($0) } ?? .null,
      "display_name": sender.displayName.map { .string($0) } ?? .null,
    ]
  }

  private var contact: JSONValue {
    ["id": placeholder("con"), "user_id": .null, "phone_number": "+16505550100", "name": "Ann"]
  }

  private func broadcast(_ state: String, reason: JSONValue = .null) -> JSONValue {
    [
      "broadcast_id": placeholder("brd"), "name": "Winter sale", "template_id": placeholder("tpl"),
      "state": .string(state), "reason": reason, "detail": .null, "actor": .null,
      "counts": [
        "recipients": 3, "pending": 1, "queued": 0, "sent": 0, "delivered": 1, "read": 1, "failed": 0, "unknown": 0,
        "skipped": 0, "expired": 0, "cancelled": 0,
      ],
    ]
  }
}
