/// A reply button.
package struct InteractiveButton: Codable, Sendable, Equatable {
  /// `reply`, also when it is absent.
  package var type: String?
  package var reply: InteractiveChoice

  package init(type: String? = nil, reply: InteractiveChoice) {
    self.type = type
    self.reply = reply
  }
}
