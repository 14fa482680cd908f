import HTTP
import JSON
import Synchronization

/// What Meta thinks of a business's number.
extension ControlAPI {
  func changeNumber(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request,
      ["status", "quality_rating", "messaging_limit", "throughput", "name_status", "new_name_status", "health"])
    let status = try body.string("status")
    let quality = try body.string("quality_rating")
    let limit = try body.string("messaging_limit")
    let throughput = try body.string("throughput")
    let name = try body.string("name_status")
    let newName = try body.string("new_name_status")
    var health: MetaCondition.Health?
    if body.node("health") != nil {
      let part = try body.object(
        "health", ["can_send_message", "entity_type", "error_code", "error_description", "possible_solution"])
      var ordered = MetaCondition.Health(canSendMessage: try part.required("can_send_message"))
      if let type = try part.string("entity_type") { ordered.entityType = type }
      if let code = try part.integer("error_code") { ordered.code = Int64(code) }
      if let text = try part.string("error_description") { ordered.description = text }
      if let text = try part.string("possible_solution") { ordered.solution = text }
      health = ordered
    }
    let number = try world.changeNumber(request.pathParameters["number"] ?? "") { [health] number in
      // An empty word takes an order back.
      if let status { number.condition.status = status.isEmpty ? nil : status }
      if let quality { number.qualityRating = quality }
      if let limit { number.condition.messagingLimit = limit }
      if let throughput { number.condition.throughput = throughput }
      if let name { number.nameStatus = name }
      if let newName { number.newNameStatus = newName }
      if let health { number.condition.health = health.canSendMessage == "AVAILABLE" ? nil : health }
    }
    return ["phone_number_id": .string(number.id), "status": .string(number.status)]
  }
}
