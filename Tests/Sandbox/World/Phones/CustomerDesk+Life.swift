import JSON
import Synchronization
import Telemetry

/// What customers and their businesses do beside writing messages.
extension CustomerDesk {
  /// The customer's choice about marketing messages of this business.
  func choose(_ value: String, from customer: PhoneDigits, to business: String?) throws(ControlFailure) {
    guard ["stop", "resume"].contains(value) else { throw ControlFailure("value is stop or resume") }
    let route = try route(to: business)
    let preference = JSONValue.object(
      person(
        customer, route, number: "wa_id", user: "user_id",
        [
          "detail": .string("User requested to \(value) marketing messages"), "category": "marketing_messages",
          "value": .string(value), "timestamp": .integer(clock.now / 1_000),
        ]))
    tell("user_preferences", "user_preferences", preference, about: customer, route)
  }

  /// A person of the business writes to the customer in the WhatsApp Business app. Returns the message's id.
  func writeInApp(
    _ text: String, raw: JSONObject?, id: String?, to customer: PhoneDigits, from business: String?
  ) throws(ControlFailure) -> String {
    let route = try route(to: business)
    let id = id ?? MetaIdentifier.message()
    var echo = person(
      customer, route, number: "to", user: "to_user_id",
      [
        "from": .string(route.number.phone.digits), "id": .string(id), "timestamp": .string(String(clock.now / 1_000)),
      ])
    if let raw {
      for member in raw.members where echo[member.key] == nil { echo[member.key] = member.value }
    } else {
      echo["type"] = "text"
      echo["text"] = ["body": .string(text)]
    }
    tell("smb_message_echoes", "message_echoes", .object(echo), about: nil, route)
    return id
  }

  /// The customer calls the business: the window opens as with a message.
  func call(from customer: PhoneDigits, to business: String?) throws(ControlFailure) {
    let route = try route(to: business)
    let now = clock.now
    let isOpen = graph.state.withLock { $0.openWindow(number: route.number.id, customer: customer, now: now) }
    if !isOpen { throw ControlFailure("no more customer service windows are remembered", status: 507) }
    let call = JSONValue.object(
      person(
        customer, route, number: "from", user: "from_user_id",
        [
          "id": .string("wacid." + MetaIdentifier.message().dropFirst(6)), "to": .string(route.number.phone.digits),
          "event": "connect", "direction": "USER_INITIATED", "timestamp": .string(String(now / 1_000)),
          "session": ["sdp_type": "offer", "sdp": "v=0"],
        ]))
    tell("calls", "calls", call, about: customer, route)
  }

  /// The customer moves to another number: Meta tells the business, with the user id that comes with it.
  func changeNumber(of customer: PhoneDigits, to new: PhoneDigits, at business: String?) throws(ControlFailure)
    -> String
  {
    let route = try route(to: business)
    let phone = phones[customer]
    phones.update(new) { $0.name = phone.name }
    let id = phones.userID(of: new, business: route.account.businessID)
    var system: JSONObject = [
      "body": .string("User \(phone.name) changed from \(customer.digits) to \(new.digits)"),
      "user_id": .string(id), "type": "user_changed_number",
    ]
    if !phone.hidesNumber { system["wa_id"] = .string(new.digits) }
    return try send("", raw: ["type": "system", "system": .object(system)], from: customer, to: route)
  }

  /// A person's keys under the names of the place they stand in; the number only if it is told.
  private func person(
    _ customer: PhoneDigits, _ route: Route, number: String, user: String, _ members: JSONObject
  ) -> JSONObject {
    var members = members
    if !phones[customer].hidesNumber { members[number] = .string(customer.digits) }
    members[user] = .string(phones.userID(of: customer, business: route.account.businessID))
    return members
  }

  private func tell(
    _ field: String, _ list: String, _ entry: JSONValue, about customer: PhoneDigits?, _ route: Route
  ) {
    var value: JSONObject = [
      "messaging_product": "whatsapp",
      "metadata": [
        "display_phone_number": .string(route.number.phone.digits), "phone_number_id": .string(route.number.id),
      ],
    ]
    if let customer {
      let contact = person(
        customer, route, number: "wa_id", user: "user_id",
        [
          "profile": ["name": .string(phones[customer].name)]
        ])
      value["contacts"] = [.object(contact)]
    }
    value[list] = [entry]
    webhooks.send(
      WebhookUpdate(
        wabaID: route.account.id, phoneNumberID: route.number.id, displayNumber: route.number.phone.digits,
        overrideURL: route.overrideURL, content: .other(field: field, value: .object(value))))
  }
}
