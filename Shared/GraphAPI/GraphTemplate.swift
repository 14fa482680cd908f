package import JSON

/// A message template as Graph shows it. Words of Meta's enums stay text.
package struct GraphTemplate: Sendable, Equatable {
  /// What is asked for (facts: templates, list).
  static let fields =
    "id,name,language,status,category,sub_category,previous_category,correct_category,components,quality_score,"
    + "rejected_reason,parameter_format"

  package var id: String
  package var name: String
  package var language: String
  package var status: String
  package var category: String
  package var subCategory: String?
  package var correctCategory: String?
  package var previousCategory: String?
  package var quality: String?
  /// Nil when Meta says `NONE`.
  package var rejectedReason: String?
  package var parameterFormat: String?
  /// The components as they came.
  package var components: JSONValue

  /// Nil without the members that every template has. Ids may be numbers.
  init?(_ node: JSONNode?) {
    guard let node, let id = AccountWebhook.text(node["id"]), let name = node["name"]?.string,
      let language = node["language"]?.string, let status = node["status"]?.string
    else { return nil }
    self.id = id
    self.name = name
    self.language = language
    self.status = status
    category = node["category"]?.string ?? ""
    subCategory = AccountWebhook.text(node["sub_category"])
    correctCategory = AccountWebhook.text(node["correct_category"])
    previousCategory = AccountWebhook.text(node["previous_category"])
    quality = AccountWebhook.text(node["quality_score"]?["score"]) ?? AccountWebhook.text(node["quality_score"])
    let reason = AccountWebhook.text(node["rejected_reason"])
    rejectedReason = reason == "NONE" ? nil : reason
    parameterFormat = node["parameter_format"]?.string
    components = node["components"].map { JSONValue($0) } ?? .array([])
  }
}

/// A page of a WABA's templates.
package struct GraphTemplatePage: Sendable {
  package var templates: [GraphTemplate]
  /// Entries without the members that every template has.
  package var unreadable: Int
  /// The cursor of the next page; nil on the last.
  package var next: String?
  package var usage: GraphUsage?
}
