import JSON

/// The field `history`: what was said in the WhatsApp Business app in the 180 days before the number came to the Cloud
/// API, told once, after the business has agreed (Meta's webhook reference `history`, read as of May 2026).
///
/// `history[]` has `metadata{phase, chunk_order, progress}` and `threads[]` of `{id: the customer's number, messages[]}`;
/// a message has `history_context{status}` beside the usual members, and `to` when the business wrote it. Chunks come in
/// any order, so that nothing here depends on it. Media are told as `media_placeholder`; for those of the last 14 days
/// another webhook of this field follows with the whole messages, in `messages[]` as in the field `messages`. A business
/// that does not agree gets `history[].errors[]` instead (2593109).
extension WebhookBatch {
  static func history(_ value: JSONNode, _ place: WebhookPlace, into updates: inout [WebhookUpdate]) {
    guard value["history"]?.kind == .array || value["messages"]?.kind == .array else {
      return updates.append(unread(value, place))
    }
    let ours = digits(value["metadata"]?["display_phone_number"]?.webhookText)
    let people = WebhookPeople(value["contacts"])
    var index = 0
    value["history"]?.forEachElement { chunk in
      let here = "\(place.path).history[\(index)]"
      index += 1
      guard chunk["threads"]?.kind == .array else {
        // Declined, or nothing to tell of a phase.
        let isKnown = chunk["errors"] != nil || chunk["metadata"] != nil
        return updates.append(
          isKnown
            ? unread(chunk, place)
            : .poison(path: here, reason: "history without threads or errors", raw: Array(chunk.bytes)))
      }
      var number = 0
      chunk["threads"]?.forEachElement { thread in
        var inside = place
        inside.path = "\(here).threads[\(number)]"
        number += 1
        read(thread, inside, ours: ours, thread: thread["id"]?.webhookText, people, into: &updates)
      }
    }
    read(value, place, ours: ours, people, into: &updates)
  }

  /// The `messages` of a thread, which is named after its customer, or of a value that has them itself.
  private static func read(
    _ holder: JSONNode, _ place: WebhookPlace, ours: String?, thread: String? = nil, _ people: WebhookPeople,
    into updates: inout [WebhookUpdate]
  ) {
    each(
      of: "messages", in: holder, place, else: "history message without id, timestamp, type or customer", into: &updates
    ) { node in
      guard let id = node["id"]?.string, !id.isEmpty, let timestamp = node["timestamp"]?.epochMilliseconds,
        let type = node["type"]?.string
      else { return nil }
      let isByBusiness = isByBusiness(node, ours: ours, thread: thread)
      let number = (isByBusiness ? node["to"] : node["from"])?.webhookText ?? thread
      let user = (isByBusiness ? node["to_user_id"] : node["from_user_id"])?.webhookText
      guard number != nil || user != nil else { return nil }
      return .history(
        WebhookHistoryMessage(
          wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, id: id,
          customer: people.find(number: number, userID: user), isByBusiness: isByBusiness, timestamp: timestamp,
          type: type, context: context(node["context"]),
          status: node["history_context"]?["status"]?.string?.lowercased(), node: node))
    }
  }

  /// Who wrote it: by Meta's flag where there is one, by the number, else by whom it names.
  private static func isByBusiness(_ node: JSONNode, ours: String?, thread: String?) -> Bool {
    if let flag = node["history_context"]?["from_me"]?.bool { return flag }
    // Only what the business wrote names whom it went to.
    if node["to"] != nil || node["to_user_id"] != nil { return true }
    guard let from = digits(node["from"]?.webhookText) else { return false }
    if let ours { return from == ours }
    return digits(thread).map { $0 != from } ?? false
  }

  /// A number however it is spelt.
  private static func digits(_ number: String?) -> String? {
    guard let digits = number?.filter({ $0.isASCII && $0.isNumber }), !digits.isEmpty else { return nil }
    return digits
  }
}
