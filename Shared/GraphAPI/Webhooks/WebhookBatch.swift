package import JSON

/// Splits a webhook body into updates. Defensive on purpose: one bad entry never costs the others.
package enum WebhookBatch {
  /// Bytes of a body with room for what mending adds, and members of one object: more than its bytes would allow.
  private static let limits = JSONLimits(maxBytes: 12 << 20, keysPerObject: 1 << 20)

  /// The updates in their order. Throws only when the body as a whole is not JSON.
  package static func parse(_ body: [UInt8]) throws(JSONFailure) -> [WebhookUpdate] {
    let document = try document(body)
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

  /// What one customer's name or a member told twice does to the document must not cost the others in it.
  static func document(_ body: [UInt8]) throws(JSONFailure) -> JSONDocument {
    do throws(JSONFailure) {
      return try JSONDocument(parsing: body, limits: limits)
    } catch {
      switch error.kind {
      case .loneSurrogate, .invalidUTF8, .duplicateKey:
        guard let mended = JSONMending.mended(body, limits: limits) else { throw error }
        return try JSONDocument(parsing: mended, limits: limits)
      default: throw error
      }
    }
  }

  private static func parse(entry: JSONNode, path: String, into updates: inout [WebhookUpdate]) {
    guard let wabaID = entry["id"]?.webhookText, let changes = entry["changes"], changes.kind == .array else {
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
      guard let read = readers[field] else {
        updates.append(.other(field: field, wabaID: wabaID, raw: Array(value.bytes)))
        return
      }
      guard let phoneNumberID = value["metadata"]?["phone_number_id"]?.webhookText else {
        updates.append(.poison(path: here, reason: "no metadata.phone_number_id", raw: Array(value.bytes)))
        return
      }
      let place = WebhookPlace(wabaID: wabaID, phoneNumberID: phoneNumberID, field: field, path: here)
      read(value, place, &updates)
    }
  }

  private typealias Reader = @Sendable (JSONNode, WebhookPlace, inout [WebhookUpdate]) -> Void

  /// The fields that are about one number and its customers.
  private static let readers: [String: Reader] = [
    "messages": { messages($0, $1, into: &$2) }, "smb_message_echoes": { echoes($0, $1, into: &$2) },
    "calls": { calls($0, $1, into: &$2) }, "user_preferences": { preferences($0, $1, into: &$2) },
    "smb_app_state_sync": { addressBook($0, $1, into: &$2) }, "history": { history($0, $1, into: &$2) },
  ]

  /// Gives each element of `list` to `read`; those it makes nothing of are poison for `reason`.
  static func each(
    of list: String, in value: JSONNode, _ place: WebhookPlace, else reason: String,
    into updates: inout [WebhookUpdate], _ read: (JSONNode) -> WebhookUpdate?
  ) {
    var index = 0
    value[list]?.forEachElement { node in
      if let update = read(node) {
        updates.append(update)
      } else {
        updates.append(.poison(path: "\(place.path).\(list)[\(index)]", reason: reason, raw: Array(node.bytes)))
      }
      index += 1
    }
  }

  /// A value without the list that its field is about: kept as it came.
  static func unread(_ value: JSONNode, _ place: WebhookPlace) -> WebhookUpdate {
    .other(field: place.field, wabaID: place.wabaID, raw: Array(value.bytes))
  }
}
