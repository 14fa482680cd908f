/// A place in a template that is filled at each send.
package struct TemplateVariable: Codable, Sendable, Equatable {
  /// What a send calls it. Of the body `1`, `2` … or its name; elsewhere the place is part of it: `header_1`,
  /// `button_0`, `offer_expires_at`, `card_0_1`, `card_0_button_1`.
  package var name: String
  /// `header`, `body`, `button`, `offer`, or `card`.
  package var place: String
  package var example: String?

  package init(name: String, place: String, example: String? = nil) {
    self.name = name
    self.place = place
    self.example = example
  }
}
