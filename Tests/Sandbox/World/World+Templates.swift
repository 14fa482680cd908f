package import JSON
import Synchronization

/// Templates as Meta's reviewers, and WhatsApp Manager, change them.
extension World {
  /// An account's templates, in Meta's words.
  package func templates(of wabaID: String) -> [MetaTemplate] { graph.state.withLock { $0.templates(of: wabaID) } }

  /// A template made outside of Graph, by order: `APPROVED` unless told otherwise.
  @discardableResult
  package func addTemplate(
    _ name: String, language: String = "en_US", category: String = "UTILITY", status: String = "APPROVED",
    format: String = "POSITIONAL", components: JSONValue, to wabaID: String
  ) throws(ControlFailure) -> MetaTemplate {
    let template = MetaTemplate(
      wabaID: wabaID, name: name, language: language, category: category, status: status, format: format,
      components: components)
    let result = graph.state.withLock { state -> Result<MetaTemplate, ControlFailure> in
      do throws(ControlFailure) { return .success(try state.addTemplate(template)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  package func setTemplateHabits(_ change: (inout TemplateHabits) -> Void) {
    graph.state.withLock { change(&$0.templateHabits) }
  }

  package var templateHabits: TemplateHabits { graph.state.withLock { $0.templateHabits } }

  /// Meta decides: `event` is one of its webhook's (`APPROVED`, `REJECTED`, `PAUSED`, …).
  package func decideTemplate(
    _ id: String, event: String, reason: String? = nil, title: String? = nil, description: String? = nil,
    tells: Bool = true
  ) throws(ControlFailure) {
    let template = try changeTemplate(id) { template in
      switch event {
      case "FLAGGED", "LOCKED": break
      case "REINSTATED", "UNARCHIVED": template.status = "APPROVED"
      default: template.status = event
      }
      template.rejectedReason = event == "REJECTED" ? reason ?? "INVALID_FORMAT" : nil
      if event == "PAUSED" { template.quality = "RED" }
    }
    if event == "DELETED" { graph.state.withLock { $0.templates[id] = nil } }
    var value = identity(template)
    value["event"] = .string(event)
    value["message_template_category"] = .string(template.category)
    value["reason"] = .string(reason ?? (event == "REJECTED" ? "INVALID_FORMAT" : "NONE"))
    if event == "REJECTED" {
      value["rejection_info"] = [
        "reason": "The message did not follow the rules.", "recommendation": "Change the example values.",
      ]
    }
    if event == "DISABLED" { value["disable_info"] = ["disable_date": 1_790_000_000] }
    if title != nil || description != nil || event == "PAUSED" || event == "DISABLED" {
      value["other_info"] = [
        "title": .string(title ?? (event == "DISABLED" ? "DISABLE" : "FIRST_PAUSE")),
        "description": .string(description ?? "Your template has low quality."),
      ]
    }
    if tells { try tell("message_template_status_update", .object(value), of: template.wabaID) }
  }

  /// Customers' reactions have changed: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
  package func rateTemplate(_ id: String, _ score: String, tells: Bool = true) throws(ControlFailure) {
    let before = graph.state.withLock { $0.templates[id]?.quality } ?? "UNKNOWN"
    let template = try changeTemplate(id) { $0.quality = score }
    var value = identity(template)
    value["previous_quality_score"] = .string(before)
    value["new_quality_score"] = .string(score)
    if tells { try tell("message_template_quality_update", .object(value), of: template.wabaID) }
  }

  /// Meta sorts it anew.
  package func recategorizeTemplate(_ id: String, _ category: String, tells: Bool = true) throws(ControlFailure) {
    let before = graph.state.withLock { $0.templates[id]?.category } ?? ""
    let template = try changeTemplate(id) { template in
      template.previousCategory = template.category
      template.category = category
    }
    var value = identity(template)
    value["previous_category"] = .string(before)
    value["new_category"] = .string(category)
    if tells { try tell("template_category_update", .object(value), of: template.wabaID) }
  }

  /// Somebody edits it in WhatsApp Manager.
  package func rewriteTemplate(_ id: String, _ components: JSONValue, tells: Bool = true) throws(ControlFailure) {
    let template = try changeTemplate(id) { $0.components = components }
    var value = identity(template)
    value["message_template_title"] = template.component("HEADER")?["text"]
    value["message_template_element"] = template.component("BODY")?["text"]
    value["message_template_footer"] = template.component("FOOTER")?["text"]
    if tells { try tell("message_template_components_update", .object(value), of: template.wabaID) }
  }

  private func changeTemplate(_ id: String, _ change: (inout MetaTemplate) -> Void) throws(ControlFailure)
    -> MetaTemplate
  {
    let changed = graph.state.withLock { state -> MetaTemplate? in
      guard var template = state.templates[id] else { return nil }
      change(&template)
      state.keep(template)
      return template
    }
    guard let changed else { throw ControlFailure("no template \(id)", status: 404) }
    return changed
  }

  /// Webhooks give the id as a number.
  private func identity(_ template: MetaTemplate) -> JSONObject {
    [
      "message_template_id": Int64(template.id).map { .integer($0) } ?? .string(template.id),
      "message_template_name": .string(template.name), "message_template_language": .string(template.language),
    ]
  }
}
