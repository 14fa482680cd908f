import JSON

/// The body of a frame as a person debugging may see it.
///
/// Blanked by name wherever it stands: what opens a door (tokens, keys, PINs, codes, secrets, proofs) and what people
/// wrote (texts, names, phone numbers). A name that is not listed is shown, so a new
/// secret belongs in the list of `SecretBlanking`.
enum FrameBlanking {
  private static let people: Set<String> = [
    "phone", "phone_number", "text", "body", "caption", "transcript", "from", "to", "wa_id", "user_id", "display_name",
    "name", "email", "address", "contact", "raw",
  ]

  static func blanked(_ body: ArraySlice<UInt8>) -> [UInt8] {
    guard let document = try? JSONDocument(parsing: Array(body), limits: JSONLimits(maxBytes: body.count)) else {
      return Array("\"not JSON, \(body.count) bytes\"".utf8)
    }
    var writer = JSONWriter(capacity: body.count)
    copy(document.root, isTop: true, isError: false, to: &writer)
    return writer.finish()
  }

  private static func copy(_ node: JSONNode, isTop: Bool, isError: Bool, to writer: inout JSONWriter) {
    switch node.kind {
    case .object:
      writer.beginObject()
      node.forEachMember { name, value in
        writer.key(name)
        // The frame's own members are words of the protocol, and so is the code of an error.
        let isOurs = isTop ? name != "mac" : isError && name == "code"
        if !isOurs && isSecret(name) && !value.isNull {
          writer.string(SecretBlanking.mark)
        } else {
          copy(value, isTop: false, isError: isTop && name == "error", to: &writer)
        }
      }
      writer.endObject()
    case .array:
      writer.beginArray()
      node.forEachElement { copy($0, isTop: false, isError: false, to: &writer) }
      writer.endArray()
    default:
      writer.raw(node)
    }
  }

  private static func isSecret(_ name: String) -> Bool {
    SecretBlanking.isDoor(name) || people.contains(name)
  }
}
