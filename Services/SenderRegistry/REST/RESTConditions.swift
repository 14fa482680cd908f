import Crypto
import HTTP
import JSON
import Wire

/// Conditional requests (RFC 9110 §13): versions as entity tags. The tag of version 7 is `"7"`, and of a composite reply
/// `"7-9f2c41d7a0b3"`, with a fingerprint of all it shows; a change is meant for the version alone.
enum RESTConditions {
  /// The version a change is meant for; nil when there is no condition.
  static func ifMatch(_ request: HTTPRequest, isSupported: Bool) throws(CallFailure) -> Int64? {
    let values = request.headers.all("If-Match")
    guard let value = values.first else { return nil }
    guard isSupported else {
      throw .invalidArgument(
        "IF_MATCH_NOT_SUPPORTED", "This operation has no versions: leave If-Match out.", field: "If-Match")
    }
    if values.count == 1, value == "*" { return IfVersion.any }
    guard values.count == 1, let version = version(ofTag: value[...]) else {
      throw .invalidArgument(
        "IF_MATCH_INVALID", "If-Match: one ETag as it was sent, such as \"7\" with its quotes, or *.",
        field: "If-Match")
    }
    return version
  }

  /// The tag of a reply that says its version; nil for another one.
  static func tag(ofReply bytes: [UInt8], isComposite: Bool) throws -> String? {
    guard let version = try JSONDocument(parsing: bytes).root[IfVersion.replyField]?.int64 else { return nil }
    return isComposite ? "\"\(version)-\(Hex.encode(Array(SHA256.hash(bytes).prefix(6))))\"" : "\"\(version)\""
  }

  /// Whether `If-None-Match` names `tag`: the caller has this version already.
  static func isKnown(_ tag: String, to request: HTTPRequest) -> Bool {
    for list in request.headers.all("If-None-Match") {
      for item in list.split(separator: ",") {
        let text = item.drop { $0 == " " || $0 == "\t" }
        // Weak comparison: a cache between may have weakened the tag.
        let known = (text.hasPrefix("W/") ? text.dropFirst(2) : text).reversed().drop { $0 == " " || $0 == "\t" }
        if text == "*" || String(known.reversed()) == tag { return true }
      }
    }
    return false
  }

  /// Digits between quotes, and perhaps a fingerprint; nothing else is a tag of ours.
  private static func version(ofTag tag: Substring) -> Int64? {
    guard tag.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
    let parts = tag.dropFirst().dropLast().split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts[0]
    if parts.count == 2, parts[1].utf8.count != 12 || !parts[1].allSatisfy({ $0.isHexDigit && $0.isASCII }) {
      return nil
    }
    guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int64(digits).flatMap { $0 == IfVersion.any ? nil : $0 }
  }
}
