/// Fields of Meta's webhooks that are about templates.
enum TemplateFields {
  static func carries(_ field: String) -> Bool { fields.contains(field) }

  private static let fields: Set<String> = [
    "message_template_status_update", "message_template_quality_update", "message_template_components_update",
    "template_category_update",
  ]
}
