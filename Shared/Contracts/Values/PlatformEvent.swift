package import JSON

/// Something that happened on the platform, as automation reads it: n8n, Zapier, a script.
package struct PlatformEvent: Codable, Sendable, Equatable {
  /// What happened. New kinds may come.
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// A customer wrote.
    case messageReceived = "message.received"
    /// The first message of a customer after silence.
    case conversationStarted = "conversation.started"
    /// Nobody has said anything for the idle time; with the transcript.
    case conversationEnded = "conversation.ended"
    /// A step of an outbound message: the body of a receipt.
    case messageStatus = "message.status"
    /// Meta decided on a template, or changed it.
    case templateStatus = "template.status"
    case senderStatus = "sender.status"
    /// A broadcast was set going, or waits for its time.
    case broadcastStarted = "broadcast.started"
    /// By a person or by itself; with the reason.
    case broadcastPaused = "broadcast.paused"
    case broadcastResumed = "broadcast.resumed"
    /// Everybody was dealt with.
    case broadcastCompleted = "broadcast.completed"
    case broadcastCancelled = "broadcast.cancelled"
    /// The proof of a number by a code has begun, goes on or is over.
    case verificationStatus = "verification.status"
    /// A webhook of the account takes nothing any more.
    case endpointFailing = "endpoint.failing"
    case endpointRecovered = "endpoint.recovered"
    /// Nothing is delivered to it until somebody resumes it.
    case endpointPaused = "endpoint.paused"
  }

  package var id: EventID
  package var type: Kind
  package var senderID: SenderID?
  package var conversationID: ConversationID?
  package var occurredAt: Timestamp
  /// Its shape goes by the type.
  package var data: JSONValue

  package init(
    id: EventID, type: Kind, senderID: SenderID?, conversationID: ConversationID?, occurredAt: Timestamp,
    data: JSONValue
  ) {
    self.id = id
    self.type = type
    self.senderID = senderID
    self.conversationID = conversationID
    self.occurredAt = occurredAt
    self.data = data
  }
}
