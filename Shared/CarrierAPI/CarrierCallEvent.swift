/// What a carrier's webhook says of a call, read leniently: fields come and go without notice, and carriers with the
/// same API spell their ids differently. Only the call's id must be there.
package struct CarrierCallEvent: Sendable, Equatable {
  /// How a recording stands.
  package enum RecordingStatus: String, Sendable {
    case inProgress = "in-progress"
    case completed
    /// Nothing was said.
    case absent
    case failed
  }

  /// Up to 128 letters, digits and `-_:.=~`.
  package let callSID: String
  /// The number called, as the carrier spells it; usually E.164.
  package let to: String?
  /// Of the characters of `callSID`.
  package let recordingSID: String?
  /// Nil when the request is not about a recording, or says something unheard of.
  package let recordingStatus: RecordingStatus?

  /// Nil without a usable call id. Of fields that come twice the first counts.
  package init?(_ parameters: [(name: String, value: String)]) {
    var fields: [String: String] = [:]
    for (name, value) in parameters where fields[name] == nil && value.utf8.count <= 1_024 { fields[name] = value }
    func text(_ name: String, limit: Int) -> String? {
      guard let value = fields[name], !value.isEmpty, value.utf8.count <= limit,
        !value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
      else { return nil }
      return value
    }
    guard let callSID = fields["CallSid"], Self.isID(callSID) else { return nil }
    self.callSID = callSID
    to = text("To", limit: 256) ?? text("Called", limit: 256)
    recordingSID = fields["RecordingSid"].flatMap { Self.isID($0) ? $0 : nil }
    recordingStatus = fields["RecordingStatus"].flatMap { RecordingStatus(rawValue: $0) }
  }

  /// Whether a text can be a call's or a recording's id: it becomes part of a URL, of keys and of logs.
  package static func isID(_ text: String) -> Bool {
    guard (1...128).contains(text.utf8.count), let first = text.utf8.first, isAlphanumeric(first) else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "-_:.=~".utf8.contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }
}
