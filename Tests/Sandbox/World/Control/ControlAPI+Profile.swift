import HTTP
import JSON

/// Names and profiles, as Meta's reviewers and WhatsApp Manager change them.
extension ControlAPI {
  func reviewName(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["decision", "reason", "webhook"])
    try world.decideName(
      numberID: request.pathParameters["number"] ?? "", decision: try body.required("decision"),
      reason: try body.string("reason"), tells: try body.bool("webhook") ?? true)
    return ["success": true]
  }

  func changeProfile(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let fields = ["about", "address", "description", "email"]
    let body = try ControlBody(request, Set(fields + ["vertical", "websites", "picture"]))
    var texts: [String: String] = [:]
    for field in fields { texts[field] = try body.string(field) }
    var websites: [String]?
    if let node = body.node("websites") {
      var sites: [String] = []
      node.forEachElement { sites.append($0.string ?? "") }
      websites = sites
    }
    try world.changeProfile(
      numberID: request.pathParameters["number"] ?? "", texts: texts, vertical: try body.string("vertical"),
      websites: websites, keepsPicture: try body.bool("picture") ?? true)
    return ["success": true]
  }

  func showProfile(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    _ = try ControlBody(request, [])
    guard let number = world.number(request.pathParameters["number"] ?? "") else {
      throw ControlFailure("no such number", status: 404)
    }
    return [
      "verified_name": .string(number.verifiedName), "new_display_name": .optional(number.newName),
      "new_name_status": .string(number.newNameStatus), "about": .optional(number.profileText("about")),
      "address": .optional(number.profileText("address")), "description": .optional(number.profileText("description")),
      "email": .optional(number.profileText("email")), "vertical": .optional(number.profileText("vertical")),
      "websites": .strings(number.profileWebsites), "picture_bytes": .integer(number.profilePicture?.count ?? 0),
    ]
  }
}
