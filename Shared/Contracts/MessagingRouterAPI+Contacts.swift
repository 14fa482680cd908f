package import Wire

extension MessagingRouterAPI {
  /// Customers and what they want to hear of.
  package static let contactCalls: [any Call.Type] = [
    ListContacts.self, GetContact.self, SetContactPreferences.self, ListPreferenceChanges.self,
  ]

  /// Customers of the account, the latest met first.
  package struct ListContacts: Call {
    package static let method = "messaging.contact.list"
    package static let summary = "Customers of the account, the latest met first."
    package static let details = """
      Lists the customers that have written to the account's senders, or were written to. Somebody who is known to \
      senders of two portfolios is two contacts: Meta gives them another id in each. `phone_number` finds one; \
      `is_opted_out` lists those who refuse marketing messages, or those who do not.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/contacts", role: .viewer)
    package typealias Reply = Page<Contact>
    package var phoneNumber: PhoneNumber?
    package var isOptedOut: Bool?
    package var limit: Int?
    package var cursor: String?

    package init(
      phoneNumber: PhoneNumber? = nil, isOptedOut: Bool? = nil, limit: Int? = nil, cursor: String? = nil
    ) {
      self.phoneNumber = phoneNumber
      self.isOptedOut = isOptedOut
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One customer.
  package struct GetContact: Call {
    package static let method = "messaging.contact.get"
    package static let summary = "One customer: Meta's id, number, names, and whether they refuse marketing."
    package static let details = """
      Shows one customer. When two contacts turn out to be one person, the id of the one that went finds the other, \
      whose own `id` the answer has.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/contacts/{id}", role: .viewer)
    package typealias Reply = Contact
    package var id: ContactID

    package init(id: ContactID) { self.id = id }
  }

  /// Takes note of what a customer told the business elsewhere.
  package struct SetContactPreferences: Call {
    package static let method = "messaging.contact.set_preferences"
    package static let summary = "Note that a customer refuses marketing messages, or wants them again."
    package static let details = """
      Takes note of a customer's wish that the business heard of elsewhere. While `is_opted_out` is true no marketing \
      template is sent to them. What customers choose in WhatsApp, or write as a keyword, is noted by itself; the \
      latest word counts. At Meta nothing changes: a customer who stopped there gets nothing until they resume there.
      """
    package static let isIdempotent = true
    package static let secretFields = MessagingRouterAPI.personalFields
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.patch, "/v1/contacts/{id}/preferences", role: .operator)
    package typealias Reply = Contact
    package var id: ContactID
    package var isOptedOut: Bool
    /// At most 500 characters: how it was heard of.
    package var note: String?

    package init(id: ContactID, isOptedOut: Bool, note: String? = nil) {
      self.id = id
      self.isOptedOut = isOptedOut
      self.note = note
    }
  }

  /// What was said about a contact's preferences, newest first.
  package struct ListPreferenceChanges: Call {
    package static let method = "messaging.contact.list_preference_changes"
    package static let summary = "What was said about a customer's marketing preference, newest first."
    package static let details = """
      Lists every word about what a customer wants to hear of, in the order it became known, newest first: whose it \
      was, when it was said, and which message said so. Of two words the one with the later `said_at` counts.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/contacts/{contact_id}/preference-changes", role: .viewer)
    package typealias Reply = Page<PreferenceChange>
    package var contactID: ContactID
    package var limit: Int?
    package var cursor: String?

    package init(contactID: ContactID, limit: Int? = nil, cursor: String? = nil) {
      self.contactID = contactID
      self.limit = limit
      self.cursor = cursor
    }
  }
}
