/// A profile handed in together with a new sender; kept until the sender is online, then sent.
package struct ProfileDraft: Codable, Sendable, Equatable {
  package var about: String?
  package var description: String?
  package var address: String?
  /// Meta's value or a label of the list of categories.
  package var category: String?
  package var email: String?
  package var websites: [String]?
  package var bannerURL: String?
  package var phoneContacts: [PhoneNumber]?
  package var furtherEmails: [String]?

  package init(
    about: String? = nil, description: String? = nil, address: String? = nil, category: String? = nil,
    email: String? = nil, websites: [String]? = nil, bannerURL: String? = nil, phoneContacts: [PhoneNumber]? = nil,
    furtherEmails: [String]? = nil
  ) {
    self.about = about
    self.description = description
    self.address = address
    self.category = category
    self.email = email
    self.websites = websites
    self.bannerURL = bannerURL
    self.phoneContacts = phoneContacts
    self.furtherEmails = furtherEmails
  }
}
