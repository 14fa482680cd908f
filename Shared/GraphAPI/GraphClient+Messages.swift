package import Crypto
import JSON

extension GraphClient {
  /// Sends a text. Answers Meta's message id: accepted, not delivered.
  ///
  /// `callbackData` comes back in every status webhook of the message (`biz_opaque_callback_data`, ≤ 512
  /// characters): it settles a send whose answer was lost. Never sent twice by this client or libcurl.
  package func sendText(
    _ text: String, from phoneNumberID: String, to recipient: MessageRecipient, callbackData: String, token: Secret
  ) async throws(GraphFailure) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("messaging_product", "whatsapp")
    writer.member("recipient_type", "individual")
    switch recipient {
    case .phone(let number): writer.member("to", number)
    case .user(let id): writer.member("recipient", id)
    }
    writer.member("type", "text")
    writer.key("text")
    writer.beginObject()
    writer.member("body", text)
    writer.endObject()
    writer.member("biz_opaque_callback_data", callbackData)
    writer.endObject()
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(phoneNumberID))/messages", token: token, body: writer.bytes)
    var id: String?
    document.root["messages"]?.forEachElement { id = id ?? $0["id"]?.string }
    guard let id else { throw .unknown("the answer has no message id") }
    return id
  }
}

/// Whom a message goes to: a phone number in E.164 with its `+`, or a business-scoped user id.
package enum MessageRecipient: Sendable, Equatable {
  case phone(String)
  case user(String)
}
