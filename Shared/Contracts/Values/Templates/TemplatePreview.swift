/// A template as the customer will see it.
package struct TemplatePreview: Codable, Sendable, Equatable {
  package struct Button: Codable, Sendable, Equatable {
    package var type: TemplateButton.Kind
    package var text: String
    /// The URL, number or code behind it.
    package var target: String?

    package init(type: TemplateButton.Kind, text: String, target: String? = nil) {
      self.type = type
      self.text = text
      self.target = target
    }
  }

  package struct Card: Codable, Sendable, Equatable {
    package var header: String?
    package var body: String?
    package var buttons: [Button]

    package init(header: String?, body: String?, buttons: [Button]) {
      self.header = header
      self.body = body
      self.buttons = buttons
    }
  }

  /// The header's text; of a medium its kind in brackets.
  package var header: String?
  package var body: String?
  package var footer: String?
  package var buttons: [Button]
  package var cards: [Card]
  /// All of it in one text, as it is stored with a message.
  package var text: String
  /// Variables that got no value: their examples, or their names, stand in for them.
  package var missing: [String]

  package init(
    header: String?, body: String?, footer: String?, buttons: [Button], cards: [Card], text: String, missing: [String]
  ) {
    self.header = header
    self.body = body
    self.footer = footer
    self.buttons = buttons
    self.cards = cards
    self.text = text
    self.missing = missing
  }
}
