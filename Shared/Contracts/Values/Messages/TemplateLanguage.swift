/// The language of a template.
package struct TemplateLanguage: Codable, Sendable, Equatable {
  /// For example `en_US`.
  package var code: String

  package init(code: String) {
    self.code = code
  }
}
