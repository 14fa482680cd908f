import JSON

/// What happens in the WhatsApp Business app of a number that is used there too.
extension WebhookBatch {
  /// The field `smb_message_echoes`: what people wrote there.
  static func echoes(_ value: JSONNode, _ place: WebhookPlace, into updates: inout [WebhookUpdate]) {
    guard value["message_echoes"] != nil else { return updates.append(unread(value, place)) }
    let people = WebhookPeople(value["contacts"])
    each(
      of: "message_echoes", in: value, place, else: "echo without id, timestamp, type or recipient", into: &updates
    ) { node in
      guard let id = node["id"]?.string, !id.isEmpty, let timestamp = node["timestamp"]?.epochMilliseconds,
        let type = node["type"]?.string
      else { return nil }
      let number = node["to"]?.webhookText
      let user = node["to_user_id"]?.webhookText
      guard number != nil || user != nil else { return nil }
      return .echo(
        WebhookEcho(
          wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, id: id,
          customer: people.find(number: number, userID: user), timestamp: timestamp, type: type,
          context: context(node["context"]), node: node))
    }
  }

  /// The field `smb_app_state_sync`: names in the app's address book.
  static func addressBook(_ value: JSONNode, _ place: WebhookPlace, into updates: inout [WebhookUpdate]) {
    guard value["state_sync"] != nil else { return updates.append(unread(value, place)) }
    each(
      of: "state_sync", in: value, place, else: "address book entry without a contact", into: &updates
    ) { node in
      guard let contact = node["contact"], contact.kind == .object else {
        // Other things than contacts may come to be synchronised.
        return node["type"]?.string == "contact" ? nil : unread(node, place)
      }
      let person = WebhookPerson(
        number: contact["phone_number"]?.webhookText, userID: contact["user_id"]?.webhookText,
        name: node["action"]?.string == "remove"
          ? nil : contact["full_name"]?.string ?? contact["first_name"]?.string)
      guard person.isKnown else { return nil }
      return .addressBook(
        WebhookAddressBookEntry(wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, customer: person))
    }
  }
}
