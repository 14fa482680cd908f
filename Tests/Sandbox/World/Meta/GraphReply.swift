import JSON

/// What Graph answers.
struct GraphReply: Sendable {
  var status = 200
  var body: JSONValue
  var retryAfter: Int?

  init(_ body: JSONValue, status: Int = 200) {
    self.body = body
    self.status = status
  }

  static let success = GraphReply(["success": true])

  init(_ error: GraphError) {
    var members: JSONObject = [
      "message": .string(error.message), "type": .string(error.type), "code": .integer(error.code),
    ]
    if let details = error.details {
      members["error_data"] = ["messaging_product": "whatsapp", "details": .string(details)]
    }
    if let subcode = error.subcode { members["error_subcode"] = .integer(subcode) }
    if let transient = error.isTransient { members["is_transient"] = .bool(transient) }
    if let title = error.userTitle { members["error_user_title"] = .string(title) }
    if let message = error.userMessage { members["error_user_msg"] = .string(message) }
    members["fbtrace_id"] = .string(MetaIdentifier.trace())
    self.init(["error": .object(members)], status: error.status)
    retryAfter = error.retryAfter
  }
}
