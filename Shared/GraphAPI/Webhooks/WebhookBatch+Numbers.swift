import JSON

extension WebhookBatch {
  /// The body with only what is about these numbers, by Meta's ids: every other change is an empty one, so that the
  /// places of what stays do not move. Nil when it cannot be read.
  package static func only(phoneNumberIDs: Set<String>, of body: [UInt8]) -> [UInt8]? {
    guard let document = try? document(body), let entries = document.root["entry"], entries.kind == .array else {
      return nil
    }
    var writer = JSONWriter(capacity: body.count)
    writer.beginObject()
    writer.key("object")
    writer.string("whatsapp_business_account")
    writer.key("entry")
    writer.beginArray()
    entries.forEachElement { entry in
      writer.beginObject()
      writer.key("id")
      if let id = entry["id"] { writer.raw(id) } else { writer.null() }
      writer.key("changes")
      writer.beginArray()
      entry["changes"]?.forEachElement { change in
        let number = change["value"]?["metadata"]?["phone_number_id"]?.webhookText
        if let number, phoneNumberIDs.contains(number) {
          writer.raw(change)
        } else {
          writer.raw(Array(nothing.utf8))
        }
      }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.finish()
  }

  /// A change without an update.
  private static let nothing = #"{"field":"messages","value":{"metadata":{"phone_number_id":"0"},"messages":[]}}"#
}
