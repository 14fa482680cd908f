/// An earlier message was edited or removed by its writer.
package struct MessageRevision: Codable, Sendable, Equatable {
  /// `edit` or `revoke`.
  package var kind: String
  /// Our id of the earlier message, when it is known here.
  package var messageID: MessageID?
  package var metaMessageID: String?
  /// The new words of an edit.
  package var text: String?

  package init(kind: String, messageID: MessageID? = nil, metaMessageID: String? = nil, text: String? = nil) {
    self.kind = kind
    self.messageID = messageID
    self.metaMessageID = metaMessageID
    self.text = text
  }
}
