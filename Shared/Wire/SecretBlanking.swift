import JSON

/// Names of members whose values open a door: tokens, keys, PINs, codes, secrets, proofs.
///
/// One list for everything that is shown to people or kept for them. A name that is not listed is shown, so a new
/// secret belongs in this list, or in its call's `secretFields`.
package enum SecretBlanking {
  private static let doors: Set<String> = [
    "access_token", "token", "key", "pin", "code", "secret", "password", "api_key", "mac", "signature", "authorization",
    "otp", "verify_token", "signing_secret", "private_key", "ciphertext", "sealed",
  ]
  private static let endings = ["_token", "_secret", "_pin", "_password", "_api_key", "_sealed", "_otp"]

  /// What stands for a value that is not shown.
  package static let mark = "…"

  /// Whether a member of this name opens a door.
  package static func isDoor(_ name: String) -> Bool {
    doors.contains(name) || endings.contains { name.hasSuffix($0) }
  }

  /// The JSON with every such member blanked, wherever it stands, and those in `more`. People's data stays. A `code` that
  /// is a stable word of ours (`SIGNUP_NEEDED`) is shown when `showsCodes`: replies name reasons that way.
  /// Nil when it is not JSON.
  package static func blanked(_ json: [UInt8], more: Set<String> = [], showsCodes: Bool = false) -> [UInt8]? {
    guard let document = try? JSONDocument(parsing: json, limits: JSONLimits(maxBytes: json.count)) else { return nil }
    var writer = JSONWriter(capacity: json.count)
    copy(document.root, more, showsCodes, to: &writer)
    return writer.finish()
  }

  private static func copy(_ node: JSONNode, _ more: Set<String>, _ showsCodes: Bool, to writer: inout JSONWriter) {
    switch node.kind {
    case .object:
      writer.beginObject()
      node.forEachMember { name, value in
        writer.key(name)
        let isWord = showsCodes && name == "code" && isStableWord(value.string)
        if (isDoor(name) || more.contains(name)) && !value.isNull && !isWord {
          writer.string(mark)
        } else {
          copy(value, more, showsCodes, to: &writer)
        }
      }
      writer.endObject()
    case .array:
      writer.beginArray()
      node.forEachElement { copy($0, more, showsCodes, to: &writer) }
      writer.endArray()
    default:
      writer.raw(node)
    }
  }

  /// `SIGNUP_NEEDED`, and nothing that a machine would hand out as a code.
  private static func isStableWord(_ text: String?) -> Bool {
    guard let text, (3...64).contains(text.utf8.count), text.contains("_") else { return false }
    return text.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
  }
}
