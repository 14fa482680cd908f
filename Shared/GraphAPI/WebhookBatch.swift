package import JSON

/// Splits a webhook body into updates. Defensive on purpose: one bad entry never costs the others.
package enum WebhookBatch {
  /// The updates in their order. Throws only when the body as a whole is not JSON.
  package static func parse(_ body: [UInt8]) throws(JSONFailure) -> [WebhookUpdate] {
    let document = try JSONDocument(parsing: body, limits: JSONLimits(maxBytes: 4 << 20))
    var updates: [WebhookUpdate] = []
    guard document.root["object"]?.string == "whatsapp_business_account", let entries = document.root["entry"],
      entries.kind == .array
    else {
      return [.poison(path: "$", reason: "not a whatsapp_business_account webhook", raw: body)]
    }
    var index = 0
    entries.forEachElement { entry in
      parse(entry: entry, path: "entry[\(index)]", into: &updates)
      index += 1
    }
    return updates
  }

  private static func parse(entry: JSONNode, path: String, into updates: inout [WebhookUpdate]) {
    guard let wabaID = entry["id"]?.text, let changes = entry["changes"], changes.kind == .array else {
      updates.append(.poison(path: path, reason: "entry without id or changes", raw: Array(entry.bytes)))
      return
    }
    var index = 0
    changes.forEachElement { change in
      let here = path + ".changes[\(index)]"
      index += 1
      guard let field = change["field"]?.string, let value = change["value"] else {
        updates.append(.poison(path: here, reason: "change without field or value", raw: Array(change.bytes)))
        return
      }
      if field == "messages" {
        parse(value: value, wabaID: wabaID, path: here, into: &updates)
      } else {
        updates.append(.other(field: field, wabaID: wabaID, raw: Array(value.bytes)))
      }
    }
  }

  private static func parse(value: JSONNode, wabaID: String, path: String, into updates: inout [WebhookUpdate]) {
    guard let phoneNumberID = value["metadata"]?["phone_number_id"]?.text else {
      updates.append(.poison(path: path, reason: "no metadata.phone_number_id", raw: Array(value.bytes)))
      return
    }
    let names = Profiles(value["contacts"])
    var index = 0
    value["messages"]?.forEachElement { node in
      let here = "\(path).messages[\(index)]"
      index += 1
      if let message = message(node, wabaID: wabaID, phoneNumberID: phoneNumberID, names: names) {
        updates.append(.message(message))
      } else {
        updates.append(
          .poison(path: here, reason: "message without id, timestamp, type or sender", raw: Array(node.bytes)))
      }
    }
    index = 0
    value["statuses"]?.forEachElement { node in
      let here = "\(path).statuses[\(index)]"
      index += 1
      if let status = status(node, wabaID: wabaID, phoneNumberID: phoneNumberID) {
        updates.append(.status(status))
      } else {
        updates.append(.poison(path: here, reason: "status without id, status or timestamp", raw: Array(node.bytes)))
      }
    }
    if value["messages"] == nil, value["statuses"] == nil {
      updates.append(.other(field: "messages", wabaID: wabaID, raw: Array(value.bytes)))
    }
  }

  private static func message(_ node: JSONNode, wabaID: String, phoneNumberID: String, names: Profiles)
    -> WebhookMessage?
  {
    guard let id = node["id"]?.string, !id.isEmpty, let timestamp = node["timestamp"]?.epochMilliseconds,
      let type = node["type"]?.string
    else { return nil }
    let from = node["from"]?.text
    let profile = names.find(from: from, userID: node["from_user_id"]?.string)
    let userID = node["from_user_id"]?.string ?? profile?.userID
    guard from != nil || userID != nil else { return nil }
    return WebhookMessage(
      wabaID: wabaID, phoneNumberID: phoneNumberID, id: id, from: from, userID: userID, profileName: profile?.name,
      timestamp: timestamp, type: type, text: words(node, type), raw: Array(node.bytes))
  }

  private static func words(_ node: JSONNode, _ type: String) -> String? {
    switch type {
    case "text": node["text"]?["body"]?.string
    case "button": node["button"]?["text"]?.string
    case "interactive":
      node["interactive"]?["button_reply"]?["title"]?.string ?? node["interactive"]?["list_reply"]?["title"]?.string
    case "image", "video", "document": node[type]?["caption"]?.string
    default: nil
    }
  }

  private static func status(_ node: JSONNode, wabaID: String, phoneNumberID: String) -> WebhookStatus? {
    guard let id = node["id"]?.string, !id.isEmpty, let status = node["status"]?.string,
      let timestamp = node["timestamp"]?.epochMilliseconds
    else { return nil }
    var error: JSONNode?
    node["errors"]?.forEachElement { error = error ?? $0 }
    return WebhookStatus(
      wabaID: wabaID, phoneNumberID: phoneNumberID, id: id, status: status, timestamp: timestamp,
      recipientID: node["recipient_id"]?.text, recipientUserID: node["recipient_user_id"]?.string,
      callbackData: node["biz_opaque_callback_data"]?.string, errorCode: error?["code"]?.int64.map { Int($0) },
      errorTitle: error?["title"]?.string,
      errorDetails: error?["error_data"]?["details"]?.string ?? error?["message"]?.string,
      pricing: node["pricing"].map { pricing in
        WebhookPricing(
          isBillable: pricing["billable"]?.bool, model: pricing["pricing_model"]?.string,
          type: pricing["type"]?.string, category: pricing["category"]?.string)
      })
  }

  /// The `contacts` of a batch: names by number and by user id. Absent and partial entries are normal.
  private struct Profiles {
    struct Profile {
      var userID: String?
      var name: String?
    }

    private var byNumber: [String: Profile] = [:]
    private var byUser: [String: Profile] = [:]

    init(_ contacts: JSONNode?) {
      var byNumber: [String: Profile] = [:]
      var byUser: [String: Profile] = [:]
      contacts?.forEachElement { node in
        let profile = Profile(userID: node["user_id"]?.string, name: node["profile"]?["name"]?.string)
        if let number = node["wa_id"]?.text { byNumber[number] = profile }
        if let user = profile.userID { byUser[user] = profile }
      }
      self.byNumber = byNumber
      self.byUser = byUser
    }

    func find(from: String?, userID: String?) -> Profile? {
      userID.flatMap { byUser[$0] } ?? from.flatMap { byNumber[$0] }
    }
  }
}

extension JSONNode {
  /// A string, or a whole number as its digits: Meta is not consistent about ids.
  fileprivate var text: String? { string ?? int64.map(String.init) }

  /// Unix seconds, as a string or a number, in milliseconds.
  fileprivate var epochMilliseconds: Int64? {
    guard let seconds = int64 ?? string.flatMap({ Int64($0) }), (0...253_402_300_799).contains(seconds) else {
      return nil
    }
    return seconds * 1000
  }
}
