/// What Meta says a message costs; the amount itself is not told.
package struct MessagePricing: Codable, Sendable, Equatable {
  package var isBillable: Bool?
  /// `PMP`, earlier `CBP`.
  package var model: String?
  /// `regular`, `free_customer_service`, `free_entry_point`.
  package var type: String?
  /// `marketing`, `utility`, `authentication`, `service`, …; new ones pass through.
  package var category: String?

  package init(isBillable: Bool? = nil, model: String? = nil, type: String? = nil, category: String? = nil) {
    self.isBillable = isBillable
    self.model = model
    self.type = type
    self.category = category
  }
}
