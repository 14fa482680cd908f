/// One page of a list. `nextCursor` is opaque; absent on the last page.
package struct Page<Item: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  package var data: [Item]
  package var nextCursor: String?

  package init(data: [Item], nextCursor: String?) {
    self.data = data
    self.nextCursor = nextCursor
  }
}
