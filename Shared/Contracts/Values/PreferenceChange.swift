/// One word that was said about what a contact wants to hear of.
package struct PreferenceChange: Codable, Sendable, Equatable {
  /// Whose word it was.
  package enum Source: String, Codable, Sendable, CaseIterable {
    /// The customer's choice in WhatsApp, told by Meta.
    case userPreferences = "user_preferences"
    /// Meta refused a message because its reader has stopped marketing.
    case sendError = "send_error"
    /// The customer wrote a keyword.
    case keyword
    /// A call of this API.
    case `operator`
  }

  package var id: PreferenceChangeID
  package var contactID: ContactID
  /// `marketing`.
  package var category: String
  package var isOptedOut: Bool
  package var source: PreferenceChange.Source
  package var senderID: SenderID?
  /// The message that said so, or that Meta refused.
  package var messageID: MessageID?
  /// Meta's words, the keyword, or the operator's note.
  package var detail: String?
  /// The API key that changed it.
  package var actor: String?
  /// When it was said: Meta's time, or ours. The latest one counts.
  package var saidAt: Timestamp
  package var createdAt: Timestamp

  package init(
    id: PreferenceChangeID, contactID: ContactID, category: String, isOptedOut: Bool, source: PreferenceChange.Source,
    senderID: SenderID?, messageID: MessageID?, detail: String?, actor: String?, saidAt: Timestamp, createdAt: Timestamp
  ) {
    self.id = id
    self.contactID = contactID
    self.category = category
    self.isOptedOut = isOptedOut
    self.source = source
    self.senderID = senderID
    self.messageID = messageID
    self.detail = detail
    self.actor = actor
    self.saidAt = saidAt
    self.createdAt = createdAt
  }
}
