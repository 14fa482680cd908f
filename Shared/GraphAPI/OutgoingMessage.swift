/// A message for Meta: the members that every type has, and the type's own as JSON.
package struct OutgoingMessage: Sendable, Equatable {
  /// `text`, `image`, `interactive`, `template`, …
  package var type: String
  /// The JSON of the member that is named like the type.
  package var body: [UInt8]
  package var recipient: MessageRecipient
  /// Meta's id of the message that it answers.
  package var replyTo: String?
  /// Comes back in every status webhook of the message (`biz_opaque_callback_data`, at most 512 characters): it settles
  /// a send whose answer was lost.
  package var callbackData: String

  package init(
    type: String, body: [UInt8], recipient: MessageRecipient, replyTo: String? = nil, callbackData: String
  ) {
    self.type = type
    self.body = body
    self.recipient = recipient
    self.replyTo = replyTo
    self.callbackData = callbackData
  }
}

/// Whom a message goes to: a phone number in E.164 with its `+`, or a business-scoped user id.
package enum MessageRecipient: Sendable, Equatable {
  case phone(String)
  case user(String)
}
