/// A send of which nobody knows whether it reached Meta.
package struct UnknownMessage: Codable, Sendable, Equatable {
  /// What somebody decides of it.
  package enum Decision: String, Codable, Sendable, CaseIterable {
    /// Send it again: the customer may get it twice.
    case resend
    /// Take it for failed.
    case failed
    /// Take it for accepted.
    case accepted
  }

  package var messageID: MessageID
  package var senderID: SenderID
  package var conversationID: ConversationID
  package var type: String
  package var text: String?
  package var broadcastID: BroadcastID?
  /// True once webhooks have arrived for long enough that Meta would have told of it.
  package var isUnsettled: Bool
  /// When its send ended without an answer.
  package var since: Timestamp

  package init(
    messageID: MessageID, senderID: SenderID, conversationID: ConversationID, type: String, text: String?,
    broadcastID: BroadcastID?, isUnsettled: Bool, since: Timestamp
  ) {
    self.messageID = messageID
    self.senderID = senderID
    self.conversationID = conversationID
    self.type = type
    self.text = text
    self.broadcastID = broadcastID
    self.isUnsettled = isUnsettled
    self.since = since
  }
}
