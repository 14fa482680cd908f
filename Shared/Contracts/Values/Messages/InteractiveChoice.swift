/// What a button says and how its press is told apart. Different for every button of a message.
package struct InteractiveChoice: Codable, Sendable, Equatable {
  /// At most 256 characters; comes back with the customer's press.
  package var id: String
  /// At most 20 characters.
  package var title: String

  package init(id: String, title: String) {
    self.id = id
    self.title = title
  }
}
