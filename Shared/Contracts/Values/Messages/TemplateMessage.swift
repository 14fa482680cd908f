package import JSON

/// A template with its parameters, in Meta's own shape.
package struct TemplateMessage: Codable, Sendable, Equatable {
  /// The template's name at Meta.
  package var name: String
  package var language: TemplateLanguage
  /// Header, body and button parameters.
  package var components: [JSONValue]?

  package init(name: String, language: TemplateLanguage, components: [JSONValue]? = nil) {
    self.name = name
    self.language = language
    self.components = components
  }
}
