/// One line of an order.
package struct OrderItem: Codable, Sendable, Equatable {
  package var productRetailerID: String?
  package var quantity: Double?
  package var itemPrice: Double?
  package var currency: String?

  package init(
    productRetailerID: String? = nil, quantity: Double? = nil, itemPrice: Double? = nil, currency: String? = nil
  ) {
    self.productRetailerID = productRetailerID
    self.quantity = quantity
    self.itemPrice = itemPrice
    self.currency = currency
  }
}
