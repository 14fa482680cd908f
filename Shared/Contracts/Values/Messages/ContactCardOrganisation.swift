/// The organisation on a card.
package struct ContactCardOrganisation: Codable, Sendable, Equatable {
  package var company: String?
  package var department: String?
  package var title: String?

  package init(company: String? = nil, department: String? = nil, title: String? = nil) {
    self.company = company
    self.department = department
    self.title = title
  }
}
