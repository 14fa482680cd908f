/// What one contact and one sender have said to each other.
package struct Conversation: Codable, Sendable, Equatable {
  package var id: ConversationID
  package var senderID: SenderID
  package var contact: Contact
  /// Until then free-form messages are allowed: 24 h from the customer's last message (Meta's window).
  package var windowExpiresAt: Timestamp?
  /// Until then messages cost nothing, because an advertisement brought the customer: a price, never a permission.
  package var freeEntryExpiresAt: Timestamp?
  package var lastMessageAt: Timestamp
  package var createdAt: Timestamp

  package init(
    id: ConversationID, senderID: SenderID, contact: Contact, windowExpiresAt: Timestamp?,
    freeEntryExpiresAt: Timestamp? = nil, lastMessageAt: Timestamp, createdAt: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.contact = contact
    self.windowExpiresAt = windowExpiresAt
    self.freeEntryExpiresAt = freeEntryExpiresAt
    self.lastMessageAt = lastMessageAt
    self.createdAt = createdAt
  }
}

/// A customer: Meta's business-scoped user id is the key, the phone number optional.
package struct Contact: Codable, Sendable, Equatable {
  package var id: ContactID
  package var userID: String?
  package var phoneNumber: PhoneNumber?
  package var name: String?
  /// The name that the customer has taken at WhatsApp, without `@`.
  package var username: String?
  /// Whether the customer refuses marketing messages.
  package var isOptedOut: Bool

  package init(
    id: ContactID, userID: String?, phoneNumber: PhoneNumber?, name: String?, username: String? = nil,
    isOptedOut: Bool = false
  ) {
    self.id = id
    self.userID = userID
    self.phoneNumber = phoneNumber
    self.name = name
    self.username = username
    self.isOptedOut = isOptedOut
  }
}
