import JSON

extension WebhookBatch {
  /// The field `calls`: only a call's beginning is told on.
  static func calls(_ value: JSONNode, _ place: WebhookPlace, into updates: inout [WebhookUpdate]) {
    guard value["calls"] != nil else { return updates.append(unread(value, place)) }
    let people = WebhookPeople(value["contacts"])
    let ours = value["metadata"]?["display_phone_number"]?.webhookText
    each(of: "calls", in: value, place, else: "call without id, event, timestamp or caller", into: &updates) { node in
      guard let id = node["id"]?.string, let event = node["event"]?.string,
        let timestamp = node["timestamp"]?.epochMilliseconds
      else { return nil }
      let (from, to) = (node["from"]?.webhookText, node["to"]?.webhookText)
      let isByCustomer = node["direction"]?.string.map { $0 == "USER_INITIATED" } ?? (from != ours)
      let customer =
        isByCustomer
        ? people.find(number: from, userID: node["from_user_id"]?.webhookText)
        : people.find(number: to, userID: node["to_user_id"]?.webhookText)
      guard customer.isKnown else { return nil }
      guard event == "connect" else { return unread(node, place) }
      return .call(
        WebhookCall(
          wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, id: id, isByCustomer: isByCustomer,
          customer: customer, timestamp: timestamp))
    }
  }

  /// The field `user_preferences`.
  static func preferences(_ value: JSONNode, _ place: WebhookPlace, into updates: inout [WebhookUpdate]) {
    guard value["user_preferences"] != nil else { return updates.append(unread(value, place)) }
    let people = WebhookPeople(value["contacts"])
    each(
      of: "user_preferences", in: value, place, else: "preference without a person, category, value or timestamp",
      into: &updates
    ) { node in
      guard let category = node["category"]?.string, let wish = node["value"]?.string,
        let timestamp = node["timestamp"]?.epochMilliseconds
      else { return nil }
      let customer = people.find(
        number: node["wa_id"]?.webhookText, userID: node["user_id"]?.webhookText,
        parentUserID: node["parent_user_id"]?.webhookText)
      guard customer.isKnown else { return nil }
      return .preference(
        WebhookPreference(
          wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, customer: customer, category: category, value: wish,
          detail: node["detail"]?.string, timestamp: timestamp))
    }
  }
}
