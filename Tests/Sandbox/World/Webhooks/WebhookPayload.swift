import JSON

/// The bytes of a webhook, as Meta writes them: one entry per account, non-ASCII escaped.
enum WebhookPayload {
  /// The body that carries `updates`, all of one account. Neighbours of one number and kind share a `value`.
  static func body(wabaID: String, time: Int64, updates: ArraySlice<WebhookUpdate>) -> [UInt8] {
    var json = JSONWriter(capacity: 512 + updates.count * 400)
    json.beginObject()
    json.key("object")
    json.string("whatsapp_business_account")
    json.key("entry")
    json.beginArray()
    json.beginObject()
    json.key("id")
    json.string(wabaID)
    json.key("time")
    json.integer(time / 1_000)
    json.key("changes")
    json.beginArray()
    var rest = updates
    while let first = rest.first {
      let following = rest.dropFirst().prefix { $0.isNeighbour(of: first) }
      write(rest.prefix(1 + following.count), to: &json)
      rest = rest.dropFirst(1 + following.count)
    }
    json.endArray()
    json.endObject()
    json.endArray()
    json.endObject()
    return escaped(json.finish())
  }

  private static func write(_ run: ArraySlice<WebhookUpdate>, to json: inout JSONWriter) {
    guard let first = run.first else { return }
    json.beginObject()
    json.key("value")
    switch first.content {
    case .other(_, let value):
      json.known(value)
    case .message:
      beginValue(of: first, &json)
      writeMessages(run, to: &json)
      json.endObject()
    case .status:
      beginValue(of: first, &json)
      writeStatuses(run, to: &json)
      json.endObject()
    }
    json.key("field")
    if case .other(let field, _) = first.content { json.string(field) } else { json.string("messages") }
    json.endObject()
  }

  private static func beginValue(of update: WebhookUpdate, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("messaging_product")
    json.string("whatsapp")
    json.key("metadata")
    json.beginObject()
    json.key("display_phone_number")
    json.string(update.displayNumber)
    json.key("phone_number_id")
    json.string(update.phoneNumberID)
    json.endObject()
  }

  private static func writeMessages(_ run: ArraySlice<WebhookUpdate>, to json: inout JSONWriter) {
    json.key("contacts")
    json.beginArray()
    var told: Set<String> = []
    for update in run {
      guard case .message(let message) = update.content, told.insert(message.userID).inserted else { continue }
      writeContact(name: message.name, number: message.from, userID: message.userID, to: &json)
    }
    json.endArray()
    json.key("messages")
    json.beginArray()
    for update in run {
      if case .message(let message) = update.content { write(message, to: &json) }
    }
    json.endArray()
  }

  private static func writeContact(name: String?, number: String?, userID: String?, to json: inout JSONWriter) {
    json.beginObject()
    if let name {
      json.key("profile")
      json.beginObject()
      json.key("name")
      json.string(name)
      json.endObject()
    }
    if let number { member("wa_id", number, &json) }
    if let userID { member("user_id", userID, &json) }
    json.endObject()
  }

  private static func write(_ message: CustomerMessage, to json: inout JSONWriter) {
    json.beginObject()
    if let from = message.from { member("from", from, &json) }
    member("from_user_id", message.userID, &json)
    member("id", message.id, &json)
    member("timestamp", String(message.timestamp / 1_000), &json)
    if let raw = message.raw {
      for part in raw.members where !["from", "from_user_id", "id", "timestamp"].contains(part.key) {
        json.key(part.key)
        json.known(part.value)
      }
    } else {
      json.key("text")
      json.beginObject()
      member("body", message.text, &json)
      json.endObject()
      member("type", "text", &json)
    }
    json.endObject()
  }

  private static func writeStatuses(_ run: ArraySlice<WebhookUpdate>, to json: inout JSONWriter) {
    // Failed statuses carry no contacts (business-scoped user ids page, 2026).
    var contacts: [(String?, String)] = []
    for update in run {
      if case .status(let status) = update.content, status.error == nil, let userID = status.userID {
        contacts.append((status.recipient, userID))
      }
    }
    if !contacts.isEmpty {
      json.key("contacts")
      json.beginArray()
      for (number, userID) in contacts { writeContact(name: nil, number: number, userID: userID, to: &json) }
      json.endArray()
    }
    json.key("statuses")
    json.beginArray()
    for update in run {
      if case .status(let status) = update.content { write(status, to: &json) }
    }
    json.endArray()
  }

  private static func write(_ status: MessageStatus, to json: inout JSONWriter) {
    json.beginObject()
    member("id", status.messageID, &json)
    member("status", status.name, &json)
    member("timestamp", String(status.timestamp / 1_000), &json)
    if let recipient = status.recipient { member("recipient_id", recipient, &json) }
    if let userID = status.userID { member("recipient_user_id", userID, &json) }
    if let data = status.callbackData { member("biz_opaque_callback_data", data, &json) }
    if let category = status.category {
      json.key("pricing")
      json.beginObject()
      json.key("billable")
      json.bool(category != "service")
      member("pricing_model", "PMP", &json)
      member("category", category, &json)
      member("type", category == "service" ? "free_customer_service" : "regular", &json)
      json.endObject()
    }
    if let error = status.error {
      let title = GraphError.known[error.code]?.1 ?? error.message
      let details = error.details ?? error.message
      json.key("errors")
      json.beginArray()
      json.known(
        [
          "code": .integer(Int64(error.code)), "title": .string(title), "message": .string(title),
          "error_data": ["details": .string(details)],
          "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        ])
      json.endArray()
    }
    json.endObject()
  }

  private static func member(_ key: String, _ value: String, _ json: inout JSONWriter) {
    json.key(key)
    json.string(value)
  }

  /// Non-ASCII as `\uxxxx` with lower-case digits: the text Meta's signature is made of (Graph webhooks page).
  static func escaped(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(where: { $0 >= 0x80 }) else { return json }
    let digits = Array("0123456789abcdef".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(json.count * 2)
    for unit in String(decoding: json, as: UTF8.self).utf16 {
      if unit < 0x80 {
        result.append(UInt8(unit))
      } else {
        result.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        for shift in [12, 8, 4, 0] { result.append(digits[Int(unit >> UInt16(shift)) & 15]) }
      }
    }
    return result
  }
}

extension WebhookUpdate {
  fileprivate func isNeighbour(of other: WebhookUpdate) -> Bool {
    switch (content, other.content) {
    case (.message, .message), (.status, .status): phoneNumberID == other.phoneNumberID
    default: false
    }
  }
}
