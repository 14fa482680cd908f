import JSON

/// A webhook about a template (facts: webhooks, other fields). Its ids may be numbers. Values of Meta's enums stay text.
package struct TemplateWebhook: Sendable, Equatable {
  package enum Change: Sendable, Equatable {
    /// `message_template_status_update`.
    case status(Status)
    /// `message_template_quality_update`.
    case quality(before: String?, after: String)
    /// `template_category_update`; without `after` Meta announces what `correct` it will become.
    case category(before: String?, after: String?, correct: String?)
    /// `message_template_components_update`.
    case components(title: String?, body: String?, footer: String?)
  }

  /// What `message_template_status_update` says.
  package struct Status: Sendable, Equatable {
    /// `APPROVED`, `REJECTED`, `PAUSED`, `FLAGGED`, …
    package var event: String
    /// Nil when Meta says `NONE`.
    package var reason: String?
    package var category: String?
    /// `FIRST_PAUSE`, `UNPAUSE`, …
    package var title: String?
    package var description: String?
    package var disableDate: String?
    /// What Meta advises after a rejection.
    package var recommendation: String?
  }

  /// The fields that are read here.
  package static let fields: Set<String> = [
    "message_template_status_update", "message_template_quality_update", "template_category_update",
    "message_template_components_update",
  ]

  package var id: String
  package var name: String?
  package var language: String?
  package var change: Change

  /// Nil when the value is not what Meta documents for the field.
  package init?(field: String, value bytes: [UInt8]) {
    let document: JSONDocument
    do throws(JSONFailure) { document = try JSONDocument(parsing: bytes) } catch { return nil }
    let value = document.root
    guard value.kind == .object, let id = AccountWebhook.text(value["message_template_id"]) else { return nil }
    self.id = id
    name = AccountWebhook.text(value["message_template_name"])
    language = AccountWebhook.text(value["message_template_language"])
    switch field {
    case "message_template_status_update":
      guard let event = AccountWebhook.text(value["event"]) else { return nil }
      let reason = AccountWebhook.text(value["reason"]) ?? AccountWebhook.text(value["rejection_info"]?["reason"])
      change = .status(
        Status(
          event: event, reason: reason == "NONE" ? nil : reason,
          category: AccountWebhook.text(value["message_template_category"]),
          title: AccountWebhook.text(value["other_info"]?["title"]),
          description: AccountWebhook.text(value["other_info"]?["description"]),
          disableDate: AccountWebhook.text(value["disable_info"]?["disable_date"]),
          recommendation: AccountWebhook.text(value["rejection_info"]?["recommendation"])))
    case "message_template_quality_update":
      guard let after = AccountWebhook.text(value["new_quality_score"]) else { return nil }
      change = .quality(before: AccountWebhook.text(value["previous_quality_score"]), after: after)
    case "template_category_update":
      let (after, correct) = (
        AccountWebhook.text(value["new_category"]), AccountWebhook.text(value["correct_category"])
      )
      guard after != nil || correct != nil else { return nil }
      // With an announcement `new_category` is the present one.
      change = .category(
        before: AccountWebhook.text(value["previous_category"]),
        after: AccountWebhook.text(value["previous_category"]) == nil && correct != nil ? nil : after, correct: correct)
    case "message_template_components_update":
      change = .components(
        title: AccountWebhook.text(value["message_template_title"]),
        body: value["message_template_element"]?.string,
        footer: AccountWebhook.text(value["message_template_footer"]))
    default: return nil
    }
  }
}
