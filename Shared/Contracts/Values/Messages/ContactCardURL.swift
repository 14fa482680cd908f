/// A web address on a card.
package struct ContactCardURL: Codable, Sendable, Equatable {
  package var url: String?
  package var type: String?

  package init(url: String? = nil, type: String? = nil) {
    self.url = url
    self.type = type
  }
}
