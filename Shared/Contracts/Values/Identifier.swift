/// What an identifier names: its prefix is part of the text, so that a wrong kind is seen at once.
package protocol IdentifierKind: Sendable {
  /// For example `snd`.
  static var prefix: String { get }
}

/// A prefixed, sortable identifier: `snd_` and 26 characters of Crockford base 32 (a ULID).
package struct Identifier<Kind: IdentifierKind>: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let text: String

  /// Parses untrusted text; throws `ValueFailure` that names the expected prefix.
  package init(parsing text: String) throws(ValueFailure) {
    guard text.hasPrefix(Kind.prefix + "_") else {
      throw ValueFailure("expected an identifier that starts with \(Kind.prefix)_")
    }
    let body = text.utf8.dropFirst(Kind.prefix.utf8.count + 1)
    guard body.count == 26, body.allSatisfy(Self.isCrockford) else {
      throw ValueFailure("expected \(Kind.prefix)_ followed by 26 characters of 0-9 and A-Z without I, L, O, U")
    }
    self.text = text
  }

  /// Wraps text that this process made or stored before.
  package init(trusted text: String) { self.text = text }

  package var description: String { text }

  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

  private static func isCrockford(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "O"), UInt8(ascii: "U"): false
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
  }
}

extension Identifier: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do throws(ValueFailure) {
      self = try Self(parsing: try container.text())
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension SingleValueDecodingContainer {
  /// The value as a string; anything else is reported as a `ValueFailure`.
  fileprivate func text() throws(ValueFailure) -> String {
    do { return try decode(String.self) } catch { throw ValueFailure("expected a string") }
  }
}

package enum AccountKind: IdentifierKind { package static let prefix = "acc" }
package enum APIKeyKind: IdentifierKind { package static let prefix = "key" }
package enum NumberKind: IdentifierKind { package static let prefix = "num" }
package enum SenderKind: IdentifierKind { package static let prefix = "snd" }
package enum VerificationKind: IdentifierKind { package static let prefix = "ver" }
package enum ContactKind: IdentifierKind { package static let prefix = "con" }
package enum ConversationKind: IdentifierKind { package static let prefix = "cnv" }
package enum MessageKind: IdentifierKind { package static let prefix = "msg" }
package enum AssistantKind: IdentifierKind { package static let prefix = "ast" }
package enum EventKind: IdentifierKind { package static let prefix = "evt" }
package enum WebhookKind: IdentifierKind { package static let prefix = "whk" }
package enum DeliveryKind: IdentifierKind { package static let prefix = "dlv" }
package enum AttemptKind: IdentifierKind { package static let prefix = "att" }
package enum ReplayKind: IdentifierKind { package static let prefix = "rpl" }
package enum LinkKind: IdentifierKind { package static let prefix = "lnk" }
package enum RecordingKind: IdentifierKind { package static let prefix = "rec" }
package enum MediaKind: IdentifierKind { package static let prefix = "med" }
package enum TemplateKind: IdentifierKind { package static let prefix = "tpl" }
package enum BroadcastKind: IdentifierKind { package static let prefix = "brd" }
package enum PreferenceChangeKind: IdentifierKind { package static let prefix = "pch" }

package typealias AccountID = Identifier<AccountKind>
package typealias APIKeyID = Identifier<APIKeyKind>
package typealias NumberID = Identifier<NumberKind>
package typealias SenderID = Identifier<SenderKind>
package typealias VerificationID = Identifier<VerificationKind>
package typealias ContactID = Identifier<ContactKind>
package typealias ConversationID = Identifier<ConversationKind>
package typealias MessageID = Identifier<MessageKind>
package typealias AssistantID = Identifier<AssistantKind>
package typealias EventID = Identifier<EventKind>
package typealias WebhookID = Identifier<WebhookKind>
package typealias DeliveryID = Identifier<DeliveryKind>
package typealias AttemptID = Identifier<AttemptKind>
package typealias ReplayID = Identifier<ReplayKind>
package typealias LinkID = Identifier<LinkKind>
package typealias RecordingID = Identifier<RecordingKind>
package typealias MediaID = Identifier<MediaKind>
package typealias TemplateID = Identifier<TemplateKind>
package typealias BroadcastID = Identifier<BroadcastKind>
package typealias PreferenceChangeID = Identifier<PreferenceChangeKind>
