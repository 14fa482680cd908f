/// Words of an interactive message: its body or its footer.
package struct InteractiveText: Codable, Sendable, Equatable {
  package var text: String

  package init(text: String) {
    self.text = text
  }
}
