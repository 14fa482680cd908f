package import Crypto
import JSON

extension GraphClient {
  /// Sends a message (`POST /{PHONE_ID}/messages`). Never sent twice by this client or libcurl.
  package func send(_ message: OutgoingMessage, from phoneNumberID: String, token: Secret) async throws(GraphFailure)
    -> AcceptedMessage
  {
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(phoneNumberID))/messages", token: token, body: message.request)
    guard let accepted = AcceptedMessage(document) else { throw .unknown("the answer has no message id") }
    return accepted
  }

  /// Marks a customer's message, and what came before it, as read; `showsTyping` also shows for up to 25 s that an
  /// answer is being written. Harmless when repeated.
  package func markRead(
    _ metaMessageID: String, showsTyping: Bool, from phoneNumberID: String, token: Secret
  ) async throws(GraphFailure) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("messaging_product", "whatsapp")
    writer.member("status", "read")
    writer.member("message_id", metaMessageID)
    if showsTyping {
      writer.key("typing_indicator")
      writer.beginObject()
      writer.member("type", "text")
      writer.endObject()
    }
    writer.endObject()
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(phoneNumberID))/messages", token: token, body: writer.finish())
    guard document.root["success"]?.bool == true else { throw .unknown("Meta does not say that it is done") }
  }
}

extension OutgoingMessage {
  /// The body of the request to Meta.
  package var request: [UInt8] {
    var writer = JSONWriter(capacity: 256 + body.count)
    writer.beginObject()
    writer.member("messaging_product", "whatsapp")
    writer.member("recipient_type", "individual")
    switch recipient {
    case .phone(let number): writer.member("to", number)
    case .user(let id): writer.member("recipient", id)
    }
    if let replyTo {
      writer.key("context")
      writer.beginObject()
      writer.member("message_id", replyTo)
      writer.endObject()
    }
    writer.member("type", type)
    writer.key(type)
    writer.raw(body)
    writer.member("biz_opaque_callback_data", callbackData)
    writer.endObject()
    return writer.finish()
  }
}

extension AcceptedMessage {
  /// Nil when there is no message id.
  fileprivate init?(_ document: JSONDocument) {
    var message: JSONNode?
    document.root["messages"]?.forEachElement { message = message ?? $0 }
    guard let message, let id = message["id"]?.string else { return nil }
    var contact: JSONNode?
    document.root["contacts"]?.forEachElement { contact = contact ?? $0 }
    self.init(
      id: id, status: message["message_status"]?.string, waID: contact?["wa_id"]?.string,
      userID: contact?["user_id"]?.string)
  }
}
