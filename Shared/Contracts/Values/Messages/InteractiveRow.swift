/// A row of a list.
package struct InteractiveRow: Codable, Sendable, Equatable {
  /// At most 200 characters, different for every row; comes back with the customer's choice.
  package var id: String
  /// At most 24 characters.
  package var title: String
  /// At most 72 characters.
  package var description: String?

  package init(id: String, title: String, description: String? = nil) {
    self.id = id
    self.title = title
    self.description = description
  }
}
