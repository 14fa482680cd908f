import JSON

/// What Meta thinks of a number beyond its registration; set by order.
package struct MetaCondition: Sendable {
  /// In the place of the status that follows from registration: `BANNED`, `RESTRICTED`, or anything new.
  package var status: String?
  package var messagingLimit = "TIER_250"
  package var throughput = "STANDARD"
  package var health: Health?

  /// What `health_status` says in the place of what follows from registration.
  package struct Health: Sendable {
    package var canSendMessage: String
    package var entityType: String
    package var code: Int64
    package var description: String
    package var solution: String

    package init(
      canSendMessage: String, entityType: String = "WABA", code: Int64 = 141_006,
      description: String = "There is an error with the payment method.",
      solution: String = "Update the payment method."
    ) {
      self.canSendMessage = canSendMessage
      self.entityType = entityType
      self.code = code
      self.description = description
      self.solution = solution
    }

    func json(id: String) -> JSONValue {
      [
        "can_send_message": .string(canSendMessage),
        "entities": [
          [
            "entity_type": .string(entityType), "id": .string(id), "can_send_message": .string(canSendMessage),
            "errors": canSendMessage == "AVAILABLE"
              ? []
              : [
                [
                  "error_code": .integer(code), "error_description": .string(description),
                  "possible_solution": .string(solution),
                ]
              ],
          ]
        ],
      ]
    }
  }
}
