/// What a status says of the price.
package struct WebhookPricing: Sendable, Equatable {
  package var isBillable: Bool?
  /// `PMP`, earlier `CBP`.
  package var model: String?
  /// `regular`, `free_customer_service`, `free_entry_point`.
  package var type: String?
  /// `marketing`, `utility`, `authentication`, `service`, …
  package var category: String?

  package init(isBillable: Bool? = nil, model: String? = nil, type: String? = nil, category: String? = nil) {
    self.isBillable = isBillable
    self.model = model
    self.type = type
    self.category = category
  }
}
