import HTTP
import JSON

/// Templates, as Meta's reviewers decide about them.
extension ControlAPI {
  func addTemplate(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request, ["waba_id", "name", "language", "category", "status", "parameter_format", "components"])
    let name = try body.required("name")
    let template = try world.addTemplate(
      name, language: try body.string("language") ?? "en_US",
      category: try body.string("category")?.uppercased() ?? "UTILITY",
      status: try body.string("status")?.uppercased() ?? "APPROVED",
      format: try body.string("parameter_format")?.uppercased() ?? "POSITIONAL",
      components: body.node("components").map { JSONValue($0) }
        ?? [["type": "BODY", "text": .string("This is \(name).")]],
      to: try body.required("waba_id"))
    return ["success": true, "id": .string(template.id)]
  }

  func templates(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let query = try Self.query(request, ["waba_id"])
    return ["templates": .array(world.templates(of: query["waba_id"] ?? "").map { .object($0.described) })]
  }

  func decideTemplate(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["event", "reason", "title", "description", "webhook"])
    try world.decideTemplate(
      request.pathParameters["template"] ?? "", event: try body.required("event").uppercased(),
      reason: try body.string("reason"), title: try body.string("title"),
      description: try body.string("description"), tells: try body.bool("webhook") ?? true)
    return ["success": true]
  }

  func changeTemplate(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["quality", "category", "components", "webhook"])
    let id = request.pathParameters["template"] ?? ""
    let tells = try body.bool("webhook") ?? true
    if let score = try body.string("quality") { try world.rateTemplate(id, score.uppercased(), tells: tells) }
    if let category = try body.string("category") {
      try world.recategorizeTemplate(id, category.uppercased(), tells: tells)
    }
    if let components = body.node("components") {
      try world.rewriteTemplate(id, JSONValue(components), tells: tells)
    }
    return ["success": true]
  }

  func changeTemplateHabits(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["page_size", "creations_per_hour", "limit", "approve_at_once"])
    let old = world.templateHabits
    var habits = old
    habits.pageSize = try body.integer("page_size") ?? old.pageSize
    habits.creationsPerHour = try body.integer("creations_per_hour") ?? old.creationsPerHour
    habits.limit = try body.integer("limit") ?? old.limit
    habits.approvesAtOnce = try body.bool("approve_at_once") ?? old.approvesAtOnce
    guard (1...1_000).contains(habits.pageSize), habits.creationsPerHour >= 0, (1...6_000).contains(habits.limit) else {
      throw ControlFailure("page_size is 1 to 1000, creations_per_hour 0 or more, limit 1 to 6000")
    }
    world.setTemplateHabits { [habits] in $0 = habits }
    return [
      "page_size": .integer(habits.pageSize), "creations_per_hour": .integer(habits.creationsPerHour),
      "limit": .integer(habits.limit), "approve_at_once": .bool(habits.approvesAtOnce),
    ]
  }
}
