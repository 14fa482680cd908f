/// A number on a card.
package struct ContactCardPhone: Codable, Sendable, Equatable {
  package var phone: String?
  package var type: String?
  package var waID: String?

  package init(phone: String? = nil, type: String? = nil, waID: String? = nil) {
    self.phone = phone
    self.type = type
    self.waID = waID
  }
}
