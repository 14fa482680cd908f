/// What customers see of a sender in WhatsApp, and what is kept beside it.
package struct SenderProfile: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Values wait here until the sender is online.
    case draft
    /// Values are on their way to Meta.
    case pending
    /// WhatsApp shows what is set here.
    case synced
    /// Meta refused values; they stay as they were entered. `refusal` says why.
    case refused
    /// Somebody changed the profile at Meta; `drift` says what.
    case drifted
  }

  package var senderID: SenderID
  /// 1 to 139 characters.
  package var about: String?
  /// At most 512 characters.
  package var description: String?
  /// At most 256 characters.
  package var address: String?
  /// Meta's word for what the business does, for example `RETAIL`; see the list of categories.
  package var category: String?
  /// The category as people read it.
  package var categoryLabel: String?
  /// The one address that WhatsApp shows; at most 128 characters.
  package var email: String?
  /// At most two.
  package var websites: [String]
  package var logo: ProfileLogo?
  /// Whether WhatsApp shows a picture, as of `syncedAt`; absent before.
  package var hasPicture: Bool?
  /// Kept here only.
  package var bannerURL: String?
  /// Kept here only.
  package var phoneContacts: [PhoneNumber]
  /// Kept here only.
  package var furtherEmails: [String]
  /// Fields that have a value here which WhatsApp has no place for.
  package var notShownByWhatsapp: [String]
  package var state: State
  /// Fields whose values Meta has not taken yet.
  package var unsent: [String]
  /// Meta's answer to the last values, when it was no.
  package var refusal: ProfileRefusal?
  package var drift: [ProfileDrift]
  /// Worth knowing although nothing failed.
  package var warnings: [SenderReason]
  /// When the profile was last read from Meta or written to it.
  package var syncedAt: Timestamp?
  /// Counts up with every change; the `ETag`.
  package var version: Int64

  package init(
    senderID: SenderID, about: String? = nil, description: String? = nil, address: String? = nil,
    category: String? = nil, categoryLabel: String? = nil, email: String? = nil, websites: [String] = [],
    logo: ProfileLogo? = nil, hasPicture: Bool? = nil, bannerURL: String? = nil, phoneContacts: [PhoneNumber] = [],
    furtherEmails: [String] = [], notShownByWhatsapp: [String] = [], state: State, unsent: [String] = [],
    refusal: ProfileRefusal? = nil, drift: [ProfileDrift] = [], warnings: [SenderReason] = [],
    syncedAt: Timestamp? = nil, version: Int64
  ) {
    self.senderID = senderID
    self.about = about
    self.description = description
    self.address = address
    self.category = category
    self.categoryLabel = categoryLabel
    self.email = email
    self.websites = websites
    self.logo = logo
    self.hasPicture = hasPicture
    self.bannerURL = bannerURL
    self.phoneContacts = phoneContacts
    self.furtherEmails = furtherEmails
    self.notShownByWhatsapp = notShownByWhatsapp
    self.state = state
    self.unsent = unsent
    self.refusal = refusal
    self.drift = drift
    self.warnings = warnings
    self.syncedAt = syncedAt
    self.version = version
  }
}
