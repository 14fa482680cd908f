/// One change of what Meta says of a number; rows are added, never changed.
package struct SenderReading: Codable, Sendable, Equatable {
  /// `quality_rating`, `messaging_limit`, `throughput`, `name_status`; new ones may come.
  package var field: String
  /// Absent for the first reading.
  package var before: String?
  package var after: String
  /// `poll` (Meta was asked), `webhook` (Meta told), `signup` (the connection steps asked).
  package var source: String
  package var at: Timestamp

  package init(field: String, before: String?, after: String, source: String, at: Timestamp) {
    self.field = field
    self.before = before
    self.after = after
    self.source = source
    self.at = at
  }
}
