import Contracts
import JSON
import Store

/// A row of `profiles` with the logo's row beside it, the picture itself left out.
struct ProfileRow: Sendable {
  /// What only we keep.
  struct Local: Codable, Sendable, Equatable {
    var bannerURL: String?
    var phoneContacts: [PhoneNumber]?
    var furtherEmails: [String]?
  }

  let senderID: SenderID
  var ledger = ProfileLedger()
  var local = Local()
  var sending: ProfilePost?
  var refusal: ProfileRefusal?
  var refusedFields: Set<ProfileField> = []
  var tries: Int
  var pushAt: Int64
  var readAt: Int64
  var posts: Int
  var syncedAt: Int64?
  var version: Int64
  var logo: LogoRow?
  let isOnline: Bool

  static let select = """
    SELECT p.sender_id, p.wanted, p.unsent, p.metas, p.drift, p.is_read, p.has_picture, p.local, p.sending, p.refusal,
      p.refused_fields, p.tries, p.push_at, p.read_at, p.posts, p.synced_at, p.version, s.status = 'online',
      \(LogoRow.columns)
    FROM profiles p JOIN senders s ON s.id = p.sender_id LEFT JOIN logos l ON l.sender_id = p.sender_id
    """

  init(_ row: Row) throws {
    senderID = SenderID(trusted: try row.text(0))
    ledger.wanted = try JSONCoder.decode(ProfileTexts.self, from: try row.text(1))
    ledger.unsent = try Self.fields(row.text(2))
    ledger.metas = try JSONCoder.decode(ProfileTexts.self, from: try row.text(3))
    ledger.drift = try JSONCoder.decode([ProfileDrift].self, from: try row.text(4))
    ledger.isRead = try row.bool(5)
    ledger.hasPicture = try row.optionalBool(6)
    local = try JSONCoder.decode(Local.self, from: try row.text(7))
    sending = try row.optionalText(8).map { try JSONCoder.decode(ProfilePost.self, from: $0) }
    refusal = try row.optionalText(9).map { try JSONCoder.decode(ProfileRefusal.self, from: $0) }
    refusedFields = try Self.fields(row.text(10))
    tries = try row.int(11)
    pushAt = try row.int64(12)
    readAt = try row.int64(13)
    posts = try row.int(14)
    syncedAt = try row.optionalInt64(15)
    version = try row.int64(16)
    isOnline = try row.bool(17)
    logo = try LogoRow(row, from: 18)
  }

  /// Fields that may be sent now or later: not those Meta has refused.
  var open: Set<ProfileField> { ledger.unsent.subtracting(refusedFields) }

  var upload: ProfilePlan.Upload {
    guard let logo else { return .none }
    if let handle = logo.handle { return .done(handle: handle) }
    return logo.uploadID.map { .begun(id: $0, mayHaveSent: logo.hasSent) } ?? .none
  }

  func action(now: Int64) -> ProfilePlan.Action {
    ProfilePlan.next(
      sending: sending, unsent: ledger.unsent, refused: refusedFields, upload: upload, pushAt: pushAt, readAt: readAt,
      now: now)
  }

  /// What people see.
  var profile: SenderProfile {
    let wanted = ledger.wanted
    let local = local
    let kept: [(String, Bool)] = [
      ("banner_url", local.bannerURL != nil), ("phone_contacts", local.phoneContacts?.isEmpty == false),
      ("further_emails", local.furtherEmails?.isEmpty == false),
    ]
    var warnings: [SenderReason] = []
    if logo?.hasAlpha == true { warnings.append(.logoTransparent) }
    if logo == nil, ledger.hasPicture == true { warnings.append(.pictureStays) }
    return SenderProfile(
      senderID: senderID, about: wanted[.about], description: wanted[.description], address: wanted[.address],
      category: wanted[.category], categoryLabel: wanted[.category].flatMap(ProfileCategories.label),
      email: wanted[.email], websites: wanted.websites,
      logo: logo?.logo(ProfileState.ofLogo(ledger, refused: refusedFields, isOnline: isOnline)),
      hasPicture: ledger.hasPicture, bannerURL: local.bannerURL, phoneContacts: local.phoneContacts ?? [],
      furtherEmails: local.furtherEmails ?? [], notShownByWhatsapp: kept.filter(\.1).map(\.0),
      state: ProfileState.of(ledger, refusal: refusal, isOnline: isOnline),
      unsent: ledger.unsent.map(\.rawValue).sorted(), refusal: refusal, drift: ledger.drift, warnings: warnings,
      syncedAt: syncedAt.map { Timestamp(milliseconds: $0) }, version: version)
  }

  private static func fields(_ text: String) throws -> Set<ProfileField> {
    Set(try JSONCoder.decode([String].self, from: text).compactMap { ProfileField(rawValue: $0) })
  }
}

/// A row of `logos` without its picture.
struct LogoRow: Sendable, Equatable {
  var sha256: String
  var contentType: String
  var width: Int
  var height: Int
  var bytes: Int
  var hasAlpha: Bool
  var uploadedAt: Int64
  var uploadID: String?
  var hasSent = false
  var handle: String?
  var restarts = 0

  static let columns = """
    l.sha256, l.content_type, l.width, l.height, l.bytes, l.has_alpha, l.uploaded_at, l.upload_id, l.has_sent,
      l.handle, l.restarts
    """

  /// Nil where the join found none.
  init?(_ row: Row, from column: Int) throws {
    guard let sha256 = try row.optionalText(column) else { return nil }
    self.sha256 = sha256
    contentType = try row.text(column + 1)
    width = try row.int(column + 2)
    height = try row.int(column + 3)
    bytes = try row.int(column + 4)
    hasAlpha = try row.bool(column + 5)
    uploadedAt = try row.int64(column + 6)
    uploadID = try row.optionalText(column + 7)
    hasSent = try row.bool(column + 8)
    handle = try row.optionalText(column + 9)
    restarts = try row.int(column + 10)
  }

  func logo(_ state: ProfileLogo.State) -> ProfileLogo {
    ProfileLogo(
      sha256: sha256, contentType: contentType, width: width, height: height, bytes: bytes,
      uploadedAt: Timestamp(milliseconds: uploadedAt), state: state)
  }
}
