import JSON

/// A number's `health_status`: whether messages can be sent, and what stands in the way.
package struct GraphHealth: Sendable, Equatable {
  /// What Meta says of one part of the way: the number, its account, the business, the app.
  package struct Entity: Sendable, Equatable {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS`, `APP`, `MESSAGE_TEMPLATE`; new ones pass through.
    package var type: String
    package var canSendMessage: String
    package var errors: [Problem]

    package init(type: String, canSendMessage: String, errors: [Problem]) {
      self.type = type
      self.canSendMessage = canSendMessage
      self.errors = errors
    }
  }

  package struct Problem: Sendable, Equatable {
    package var code: Int
    package var description: String
    package var solution: String?

    package init(code: Int, description: String, solution: String?) {
      self.code = code
      self.description = description
      self.solution = solution
    }
  }

  /// Entities, and errors of each, that are looked at; Meta sends a handful.
  private static let limit = 32

  /// `AVAILABLE`, `LIMITED`, `BLOCKED`; new ones pass through.
  package var canSendMessage: String
  package var entities: [Entity]

  package init(canSendMessage: String, entities: [Entity] = []) {
    self.canSendMessage = canSendMessage
    self.entities = entities
  }

  /// Nil when the node says nothing about sending. Whatever is not as documented is left out.
  init?(_ node: JSONNode) {
    guard let verdict = node["can_send_message"]?.string else { return nil }
    canSendMessage = verdict
    var entities: [Entity] = []
    if let list = node["entities"], list.kind == .array {
      list.forEachElement { item in
        guard entities.count < Self.limit, let type = item["entity_type"]?.string else { return }
        entities.append(
          Entity(
            type: type, canSendMessage: item["can_send_message"]?.string ?? verdict, errors: Self.problems(item)))
      }
    }
    self.entities = entities
  }

  private static func problems(_ entity: JSONNode) -> [Problem] {
    var problems: [Problem] = []
    guard let list = entity["errors"], list.kind == .array else { return [] }
    list.forEachElement { error in
      guard problems.count < limit else { return }
      let code = error["error_code"]?.int64 ?? error["error_code"]?.string.flatMap { Int64($0) } ?? 0
      problems.append(
        Problem(
          code: Int(code), description: error["error_description"]?.string ?? "",
          solution: error["possible_solution"]?.string))
    }
    return problems
  }
}
