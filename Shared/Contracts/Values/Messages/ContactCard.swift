/// A card of an address book.
package struct ContactCard: Codable, Sendable, Equatable {
  package var name: ContactCardName
  package var phones: [ContactCardPhone]?
  package var emails: [ContactCardEmail]?
  package var addresses: [ContactCardAddress]?
  package var org: ContactCardOrganisation?
  package var urls: [ContactCardURL]?
  /// `YYYY-MM-DD`.
  package var birthday: String?

  package init(
    name: ContactCardName, phones: [ContactCardPhone]? = nil, emails: [ContactCardEmail]? = nil,
    addresses: [ContactCardAddress]? = nil, org: ContactCardOrganisation? = nil, urls: [ContactCardURL]? = nil,
    birthday: String? = nil
  ) {
    self.name = name
    self.phones = phones
    self.emails = emails
    self.addresses = addresses
    self.org = org
    self.urls = urls
    self.birthday = birthday
  }
}
