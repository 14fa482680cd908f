/// An emoji at an earlier message.
package struct MessageReaction: Codable, Sendable, Equatable {
  /// Our id of the message reacted to; inbound null when it is not known here.
  package var messageID: MessageID?
  /// One emoji; absent or empty takes the reaction back.
  package var emoji: String?
  /// Meta's id of that message, inbound.
  package var metaMessageID: String?

  package init(messageID: MessageID? = nil, emoji: String? = nil, metaMessageID: String? = nil) {
    self.messageID = messageID
    self.emoji = emoji
    self.metaMessageID = metaMessageID
  }
}
