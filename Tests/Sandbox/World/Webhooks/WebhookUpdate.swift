import JSON

/// One thing Meta tells the app: a customer's message, a status, or an event of the account.
package struct WebhookUpdate: Sendable {
  /// What happened.
  enum Content: Sendable {
    case message(CustomerMessage)
    case status(MessageStatus)
    /// Another field with its value as JSON.
    case other(field: String, value: JSONValue)
  }

  let wabaID: String
  let phoneNumberID: String
  /// The business number's digits.
  let displayNumber: String
  /// Per-WABA callback; nil for the app's own.
  let overrideURL: String?
  let content: Content

  func with(_ content: Content) -> WebhookUpdate {
    WebhookUpdate(
      wabaID: wabaID, phoneNumberID: phoneNumberID, displayNumber: displayNumber, overrideURL: overrideURL,
      content: content)
  }

  /// The door faults know it by.
  var door: String {
    switch content {
    case .message: "webhooks.inbound"
    case .status: "webhooks.status"
    case .other: "webhooks.account"
    }
  }
}

/// A customer's message as the webhook tells it.
struct CustomerMessage: Sendable {
  var id: String
  /// Nil when only the user id is told.
  var from: String?
  var userID: String
  var name: String
  var timestamp: Int64
  /// Body of a text; with `raw`, ignored.
  var text: String
  /// Members of another type (`type`, `image`, `context` …), spliced in as given.
  var raw: JSONObject?
}

/// A status of a business's message.
struct MessageStatus: Sendable {
  var messageID: String
  var name: String
  var timestamp: Int64
  var recipient: String?
  var userID: String?
  var callbackData: String?
  /// Pricing category; in `sent`, and in one of `delivered` and `read`.
  var category: String?
  var error: GraphError?
}
