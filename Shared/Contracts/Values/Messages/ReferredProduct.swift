/// The product of a catalogue that a customer asks about.
package struct ReferredProduct: Codable, Sendable, Equatable {
  package var catalogID: String?
  /// The business's own id of it.
  package var productRetailerID: String?

  package init(catalogID: String? = nil, productRetailerID: String? = nil) {
    self.catalogID = catalogID
    self.productRetailerID = productRetailerID
  }
}
