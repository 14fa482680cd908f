/// The name on a card.
package struct ContactCardName: Codable, Sendable, Equatable {
  package var formattedName: String
  package var firstName: String?
  package var lastName: String?
  package var middleName: String?
  package var suffix: String?
  package var prefix: String?

  package init(
    formattedName: String, firstName: String? = nil, lastName: String? = nil, middleName: String? = nil,
    suffix: String? = nil, prefix: String? = nil
  ) {
    self.formattedName = formattedName
    self.firstName = firstName
    self.lastName = lastName
    self.middleName = middleName
    self.suffix = suffix
    self.prefix = prefix
  }
}
