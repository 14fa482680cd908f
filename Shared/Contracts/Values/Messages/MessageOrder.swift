/// What a customer picked from a catalogue.
package struct MessageOrder: Codable, Sendable, Equatable {
  package var catalogID: String?
  package var text: String?
  /// At most 100 are kept.
  package var items: [OrderItem]

  package init(catalogID: String? = nil, text: String? = nil, items: [OrderItem]) {
    self.catalogID = catalogID
    self.text = text
    self.items = items
  }
}
