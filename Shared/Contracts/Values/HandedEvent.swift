package import JSON

/// One entry of what the router hands over to `receipts`, in the order of its commits: exactly one member is set.
///
/// The id inside is stable: the same entry handed over twice is taken once.
package struct HandedEvent: Codable, Sendable, Equatable {
  /// A step of an outbound message, typed: it also becomes a receipt.
  package var status: StatusEvent?
  /// Anything else that automation may want to know.
  package var happening: Happening?
  /// A person is to be forgotten.
  package var erasure: Erasure?

  /// An event whose data goes through to its readers as it is.
  package struct Happening: Codable, Sendable, Equatable {
    package var id: EventID
    package var accountID: AccountID
    package var type: PlatformEvent.Kind
    package var senderID: SenderID?
    package var conversationID: ConversationID?
    package var occurredAt: Timestamp
    /// An object.
    package var data: JSONValue

    package init(
      id: EventID, accountID: AccountID, type: PlatformEvent.Kind, senderID: SenderID?,
      conversationID: ConversationID?, occurredAt: Timestamp, data: JSONValue
    ) {
      self.id = id
      self.accountID = accountID
      self.type = type
      self.senderID = senderID
      self.conversationID = conversationID
      self.occurredAt = occurredAt
      self.data = data
    }
  }

  /// What is known of these conversations is blanked, and what still comes of them is not kept.
  package struct Erasure: Codable, Sendable, Equatable {
    /// The most conversations of one order; a person with more takes several.
    package static let mostConversations = 100

    package var id: EventID
    package var accountID: AccountID
    package var conversationIDs: [ConversationID]

    package init(id: EventID, accountID: AccountID, conversationIDs: [ConversationID]) {
      self.id = id
      self.accountID = accountID
      self.conversationIDs = conversationIDs
    }
  }

  package init(status: StatusEvent? = nil, happening: Happening? = nil, erasure: Erasure? = nil) {
    self.status = status
    self.happening = happening
    self.erasure = erasure
  }

  /// The id of what is set; nil when nothing is.
  package var id: EventID? { status?.id ?? happening?.id ?? erasure?.id }
}
