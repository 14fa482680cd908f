import Contracts
import JSON

/// What a template says and wants, without what Meta writes anew at every reading: examples, whose addresses expire.
enum TemplateEssence {
  /// Whether recipients would get the same of both.
  static func isSame(_ one: Template, _ other: Template) throws -> Bool {
    guard one.name == other.name, one.language == other.language, one.category == other.category,
      one.parameterFormat == other.parameterFormat
    else { return false }
    // As JSON: one of them comes out of a row.
    return try JSONCoder.encode(one.components.map(\.essence)) == JSONCoder.encode(other.components.map(\.essence))
  }
}

extension TemplateComponent {
  fileprivate var essence: TemplateComponent {
    var component = self
    component.example = nil
    component.raw = nil
    component.buttons = buttons?.map { button in
      var button = button
      button.example = nil
      button.raw = nil
      return button
    }
    component.cards = cards?.map { card in
      var card = card
      card.components = card.components.map(\.essence)
      return card
    }
    return component
  }
}
