/// Bodies of Meta's webhooks.
package enum WebhookBody {
  /// A batch of one change with the given messages and statuses.
  package static func batch(
    number: String = "pn-1", contacts: [String] = [], messages: [String] = [], statuses: [String] = []
  ) -> String {
    var members = [#""messaging_product":"whatsapp""#, #""metadata":{"phone_number_id":"\#(number)"}"#]
    if !contacts.isEmpty { members.append(#""contacts":[\#(contacts.joined(separator: ","))]"#) }
    if !messages.isEmpty { members.append(#""messages":[\#(messages.joined(separator: ","))]"#) }
    if !statuses.isEmpty { members.append(#""statuses":[\#(statuses.joined(separator: ","))]"#) }
    return changes([#"{"field":"messages","value":{\#(members.joined(separator: ","))}}"#])
  }

  /// A body of one entry with the given changes.
  package static func changes(_ changes: [String]) -> String {
    #"{"object":"whatsapp_business_account","entry":[{"id":"waba-1","changes":[\#(changes.joined(separator: ","))]}]}"#
  }

  /// A customer's text.
  package static func text(
    _ id: String, _ body: String, from: String? = "4915112345678", user: String? = nil,
    at seconds: Int64 = 1_767_225_600
  ) -> String {
    var members = [#""id":"\#(id)""#, #""timestamp":"\#(seconds)""#, #""type":"text""#, #""text":{"body":"\#(body)"}"#]
    if let from { members.append(#""from":"\#(from)""#) }
    if let user { members.append(#""from_user_id":"\#(user)""#) }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// A step of a message of ours.
  package static func status(
    _ status: String, of wamid: String, callbackData: String? = nil, to: String = "4915112345678",
    errorCode: Int? = nil,
    at seconds: Int64 = 1_767_225_601
  ) -> String {
    var members = [
      #""id":"\#(wamid)""#, #""status":"\#(status)""#, #""timestamp":"\#(seconds)""#, #""recipient_id":"\#(to)""#,
    ]
    if let callbackData { members.append(#""biz_opaque_callback_data":"\#(callbackData)""#) }
    if let errorCode {
      members.append(#""errors":[{"code":\#(errorCode),"title":"no","error_data":{"details":"why"}}]"#)
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// One entry of `contacts`.
  package static func contact(_ number: String?, user: String? = nil, name: String? = nil) -> String {
    var members: [String] = []
    if let number { members.append(#""wa_id":"\#(number)""#) }
    if let user { members.append(#""user_id":"\#(user)""#) }
    if let name { members.append(#""profile":{"name":"\#(name)"}"#) }
    return "{" + members.joined(separator: ",") + "}"
  }
}
