/// An address on a card.
package struct ContactCardAddress: Codable, Sendable, Equatable {
  package var street: String?
  package var city: String?
  package var state: String?
  package var zip: String?
  package var country: String?
  package var countryCode: String?
  package var type: String?

  package init(
    street: String? = nil, city: String? = nil, state: String? = nil, zip: String? = nil, country: String? = nil,
    countryCode: String? = nil, type: String? = nil
  ) {
    self.street = street
    self.city = city
    self.state = state
    self.zip = zip
    self.country = country
    self.countryCode = countryCode
    self.type = type
  }
}
