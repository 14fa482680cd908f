/// A section of a list.
package struct InteractiveSection: Codable, Sendable, Equatable {
  /// At most 24 characters; required when there is more than one section.
  package var title: String?
  package var rows: [InteractiveRow]

  package init(title: String? = nil, rows: [InteractiveRow]) {
    self.title = title
    self.rows = rows
  }
}
