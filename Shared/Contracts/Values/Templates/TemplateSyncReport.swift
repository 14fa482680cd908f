/// What a look at Meta's whole list has brought.
package struct TemplateSyncReport: Codable, Sendable, Equatable {
  package var wabaID: String
  /// Templates at Meta.
  package var total: Int
  package var created: Int
  package var updated: Int
  /// Known here and no longer at Meta.
  package var deleted: Int
  package var pages: Int
  package var syncedAt: Timestamp

  package init(
    wabaID: String, total: Int, created: Int, updated: Int, deleted: Int, pages: Int, syncedAt: Timestamp
  ) {
    self.wabaID = wabaID
    self.total = total
    self.created = created
    self.updated = updated
    self.deleted = deleted
    self.pages = pages
    self.syncedAt = syncedAt
  }
}
