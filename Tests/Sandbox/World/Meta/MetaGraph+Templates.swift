import JSON
import Synchronization
import Telemetry

/// Templates: list, creation, edit, deletion, end of a pause.
extension MetaGraph {
  func listTemplates(_ call: GraphCall, _ wabaID: String) throws(GraphError) -> GraphReply {
    _ = try account(wabaID, for: call)
    let (all, most) = state.withLock { ($0.templates(of: wabaID), $0.templateHabits.pageSize) }
    let (name, status) = (call.text("name"), call.text("status")?.uppercased())
    let wanted = all.filter { template in
      (name.map { template.name.contains($0) } ?? true) && (status == nil || template.status == status)
    }
    let limit = min(max(Int(call.text("limit") ?? "25") ?? 25, 1), most)
    let after = call.text("after")
    let start = after.flatMap { id in wanted.firstIndex { $0.id > id } } ?? (after == nil ? 0 : wanted.count)
    let page = wanted[start...].prefix(limit)
    var paging = JSONObject()
    if let first = page.first, let last = page.last {
      paging["cursors"] = ["before": .string(first.id), "after": .string(last.id)]
      if start + page.count < wanted.count { paging["next"] = "https://graph.facebook.com/next" }
    }
    let fields = call.wantedFields
    return GraphReply([
      "data": .array(
        page.map { template in fields.map { Self.pick($0, of: template.described) } ?? .object(template.described) }),
      "paging": .object(paging),
    ])
  }

  func createTemplate(_ call: GraphCall, _ wabaID: String) throws(GraphError) -> GraphReply {
    _ = try account(wabaID, for: call)
    let (name, language) = (try call.required("name"), try call.required("language"))
    let category = try call.required("category").uppercased()
    guard ["MARKETING", "UTILITY", "AUTHENTICATION"].contains(category) else {
      throw GraphError.invalid("category", "must be one of MARKETING, UTILITY, AUTHENTICATION")
    }
    guard !name.isEmpty, name.utf8.count <= 512,
      name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 95 })
    else { throw GraphError.invalid("name", "only lower-case letters, digits and underscores") }
    guard let components = call.node("components") else { throw GraphError.missing("components") }
    let value = JSONValue(components)
    let format = call.text("parameter_format")?.uppercased() ?? "POSITIONAL"
    try TemplateReview(category: category, format: format).check(value)
    let now = clock.now
    let template = try locked { (state) throws(GraphError) -> MetaTemplate in
      guard state.mayCreateTemplate(in: wabaID, now: now) else {
        throw GraphError.ordered(80_008, Fault.Parameters(details: "There have been too many calls to this account."))
      }
      if state.template(name, language, of: wabaID) != nil {
        throw GraphError.template(
          2_388_024, "Content in this language already exists",
          "There is already \(language) content for this template.")
      }
      if state.templates(of: wabaID).count >= state.templateHabits.limit {
        throw GraphError.template(
          2_388_019, "Message template limit exceeded", "You have reached the limit of message templates.")
      }
      let template = MetaTemplate(
        wabaID: wabaID, name: name, language: language, category: category,
        status: state.templateHabits.approvesAtOnce ? "APPROVED" : "PENDING", format: format,
        components: TemplateReview.stored(value, category: category))
      state.keep(template)
      return template
    }
    return GraphReply([
      "id": .string(template.id), "status": .string(template.status), "category": .string(template.category),
    ])
  }

  func deleteTemplates(_ call: GraphCall, _ wabaID: String) throws(GraphError) -> GraphReply {
    _ = try account(wabaID, for: call)
    let name = try call.required("name")
    let id = call.text("hsm_id")
    return try locked { (state) throws(GraphError) in
      let found = state.templates(of: wabaID).filter { $0.name == name && (id == nil || $0.id == id) }
      if found.isEmpty {
        throw GraphError.template(
          2_593_002, "Message Template Not Found", "No message template exists with the specified ID and name.")
      }
      if found.contains(where: { $0.status == "DISABLED" }) {
        throw GraphError.invalid("name", "a disabled template cannot be deleted")
      }
      for template in found { state.templates[template.id] = nil }
      return .success
    }
  }

  /// The template a call names, if its token covers the account.
  private func template(_ id: String, for call: GraphCall) throws(GraphError) -> MetaTemplate {
    guard let template = state.withLock({ $0.templates[id] }) else { throw GraphError.unknownObject(call.method, id) }
    do throws(GraphError) {
      _ = try account(template.wabaID, for: call)
    } catch {
      throw error.code == 190 ? error : GraphError.unknownObject(call.method, id)
    }
    return template
  }

  func readTemplate(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let template = try template(id, for: call)
    return GraphReply(call.wantedFields.map { Self.pick($0, of: template.described) } ?? .object(template.described))
  }

  func editTemplate(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let template = try template(id, for: call)
    guard ["APPROVED", "REJECTED", "PAUSED"].contains(template.status) else {
      throw GraphError.invalid("id", "only approved, rejected and paused templates can be edited")
    }
    let category = call.text("category")?.uppercased()
    if template.status == "APPROVED", let category, category != template.category {
      throw GraphError.invalid("category", "the category of an approved template cannot be changed")
    }
    let value = call.node("components").map { JSONValue($0) }
    if let value { try TemplateReview(category: category ?? template.category, format: template.format).check(value) }
    let now = clock.now
    return try locked { (state) throws(GraphError) in
      guard var template = state.templates[id] else { throw GraphError.unknownObject(call.method, id) }
      if template.status == "APPROVED" {
        let month = template.edits.filter { now - $0 < 30 * 86_400_000 }
        if month.count >= 10 || month.contains(where: { now - $0 < 86_400_000 }) {
          throw GraphError.invalid("id", "an approved template can be edited once in 24 hours, 10 times in 30 days")
        }
        template.edits.append(now)
      }
      if let category { template.category = category }
      if let value { template.components = TemplateReview.stored(value, category: template.category) }
      template.status = state.templateHabits.approvesAtOnce ? "APPROVED" : "PENDING"
      template.rejectedReason = nil
      state.keep(template)
      return .success
    }
  }

  func unpauseTemplate(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let template = try template(id, for: call)
    guard template.status == "PAUSED" else { throw GraphError.invalid("id", "the template is not paused") }
    state.withLock { $0.templates[id]?.status = "APPROVED" }
    return .success
  }
}

extension GraphError {
  /// A refusal of a template, in the shape these have: code 100 with a subcode and words for the user.
  static func template(_ subcode: Int, _ title: String, _ words: String) -> GraphError {
    var error = GraphError(100, "Invalid parameter", subcode: subcode)
    error.userTitle = title
    error.userMessage = words
    return error
  }
}
