/// What a message said before its writer changed it.
package struct MessageVersion: Codable, Sendable, Equatable {
  /// Nil when it had no words.
  package var text: String?
  /// When it was written so, by its writer's app or Meta.
  package var writtenAt: Timestamp

  package init(text: String?, writtenAt: Timestamp) {
    self.text = text
    self.writtenAt = writtenAt
  }
}
