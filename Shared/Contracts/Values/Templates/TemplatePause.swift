/// Meta's pause of a template, as its webhook told.
package struct TemplatePause: Codable, Sendable, Equatable {
  /// `FIRST_PAUSE`, `SECOND_PAUSE`, `RATE_LIMITING_PAUSE`, …
  package var title: String?
  package var description: String?
  package var at: Timestamp

  package init(title: String?, description: String?, at: Timestamp) {
    self.title = title
    self.description = description
    self.at = at
  }
}
