/// How the variables of a template are named: `{{1}}`, or `{{order_number}}`. A template has one kind only.
package enum TemplateParameterFormat: String, Sendable, CaseIterable {
  case positional
  case named

  /// Meta's word; positional, as at Meta, when it says nothing.
  package init(meta: String?) { self = meta?.lowercased() == "named" ? .named : .positional }
}

extension TemplateParameterFormat: Codable {
  package init(from decoder: any Decoder) throws { self = try TemplateWord.decode(from: decoder) }
}
