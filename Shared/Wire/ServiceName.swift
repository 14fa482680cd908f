/// The name one end of a connection answers to: `receipts`, `operator`.
///
/// Lower-case ASCII letters, digits and hyphens, a letter first, at most 32 bytes. A name that came over the wire is
/// only believed after the key that belongs to it has been proven.
package struct ServiceName: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  /// Takes `rawValue` as it is; `isValid` tells whether it may appear on the wire.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// Takes `rawValue` as it is; `isValid` tells whether it may appear on the wire.
  package init(_ rawValue: String) { self.rawValue = rawValue }

  /// Accounts, API keys, numbers, senders, profiles; the front door for people.
  package static let senderRegistry = ServiceName("sender-registry")
  /// Verification of numbers by voice and by typed code.
  package static let verifier = ServiceName("verifier")
  /// Contacts, conversations, messages, assistants.
  package static let messagingRouter = ServiceName("messaging-router")
  /// Status events and their delivery to businesses.
  package static let receipts = ServiceName("receipts")
  /// A person's tools.
  package static let `operator` = ServiceName("operator")
  /// In a list of callers: every peer that has proven who it is. Never a name on the wire.
  package static let anyone = ServiceName("*")

  /// Whether the name follows the rules above.
  package var isValid: Bool {
    let bytes = rawValue.utf8
    guard let first = bytes.first, bytes.count <= 32, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
      return false
    }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
      default: false
      }
    }
  }

  package var description: String { rawValue }
}
