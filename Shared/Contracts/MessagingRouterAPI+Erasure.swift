package import Wire

extension MessagingRouterAPI {
  /// What a contact or a message says of a person. The audit log outlives them and is out of an erasure's reach, so
  /// every audited call that shows either blanks these. Meta's id of a message has the number in it.
  package static let personalFields: Set<String> = [
    "phone_number", "user_id", "parent_user_id", "name", "profile_name", "username", "preferences", "wa_id", "text",
    "content", "note", "meta_message_id",
  ]

  /// Forgetting people.
  package static let erasureCalls: [any Call.Type] = [EraseContact.self, GetErasure.self]

  /// Forgets a person: begun at once, carried on until nothing is left.
  package struct EraseContact: Call {
    package static let method = "messaging.contact.erase"
    package static let summary = "Erase a person: messages, media, raw bodies, runs, events. Cannot be undone."
    package static let details = """
      Erases a contact and everything that is kept about it: what waits to be sent is cancelled, the contact is out of \
      reach at once, and messages, media, conversations, opt-outs and what Meta sent are deleted in the background; \
      what `receipts` has stored and would still push is blanked. The answer shows how far that is, as does \
      `GET /v1/contacts/{id}/erasure`; it goes on after a crash. An opt-out is erased too: a message that the person \
      writes later makes a new contact, of whom nothing is known.
      """
    package static let isIdempotent = true
    // The audit log keeps what was there before a change: not of somebody who is being erased.
    package static let secretFields = MessagingRouterAPI.personalFields
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.delete, "/v1/contacts/{id}", role: .operator, successStatus: 202)
    package typealias Reply = ContactErasure
    package var id: ContactID

    package init(id: ContactID) { self.id = id }
  }

  /// How far an erasure is.
  package struct GetErasure: Call {
    package static let method = "messaging.contact.erasure"
    package static let summary = "How far the erasure of a contact is."
    package static let details = """
      Shows an erasure, under way or done. It names no person: an id, times, and how many messages were deleted.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/contacts/{id}/erasure", role: .viewer)
    package typealias Reply = ContactErasure
    package var id: ContactID

    package init(id: ContactID) { self.id = id }
  }
}
