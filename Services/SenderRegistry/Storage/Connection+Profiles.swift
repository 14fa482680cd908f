import Contracts
import JSON
import Store

extension Connection {
  /// The profile of a sender that is not deleted, of one account.
  func profile(_ id: SenderID, account: AccountID) throws -> ProfileRow? {
    try first(
      "\(ProfileRow.select) WHERE p.sender_id = ? AND s.account_id = ? AND s.deleted_at IS NULL", id.text,
      account.text, map: ProfileRow.init)
  }

  /// The profile of a sender that is not deleted, of any account: for work that no caller asked for.
  func profile(_ id: SenderID) throws -> ProfileRow? {
    try first(
      "\(ProfileRow.select) WHERE p.sender_id = ? AND s.deleted_at IS NULL", id.text, map: ProfileRow.init)
  }

  /// Stores a profile. Its version counts up unless nothing that people see has changed.
  func update(_ profile: ProfileRow, isVisible: Bool = true) throws {
    let ledger = profile.ledger
    // The next look: whatever the plan does next, not before its own moment.
    let isWaiting = profile.sending != nil || !profile.open.isEmpty
    let next = isWaiting ? min(profile.pushAt, profile.readAt) : profile.readAt
    try execute(
      """
      UPDATE profiles
      SET wanted = ?, unsent = ?, metas = ?, drift = ?, is_read = ?, has_picture = ?, local = ?, sending = ?,
        refusal = ?, refused_fields = ?, tries = ?, push_at = ?, read_at = ?, due_at = ?, posts = ?, synced_at = ?,
        version = version + ?
      WHERE sender_id = ?
      """, try Self.json(ledger.wanted), try Self.json(ledger.unsent.map(\.rawValue).sorted()),
      try Self.json(ledger.metas), try Self.json(ledger.drift), ledger.isRead, ledger.hasPicture,
      try Self.json(profile.local), try profile.sending.map { try Self.json($0) },
      try profile.refusal.map { try Self.json($0) },
      try Self.json(profile.refusedFields.map(\.rawValue).sorted()), profile.tries, profile.pushAt, profile.readAt,
      profile.isOnline ? next : nil, profile.posts, profile.syncedAt, isVisible ? 1 : 0, profile.senderID.text)
  }

  /// What came with a new sender.
  func beginProfile(_ id: SenderID, with change: ProfileChange, now: Int64) throws {
    guard !change.isEmpty, var profile = try profile(id) else { return }
    try profile.apply(change, now: now)
    try update(profile)
  }

  /// Senders whose profile or name has something due at `now`, longest due first.
  func dueProfiles(now: Int64, limit: Int) throws -> [SenderID] {
    try all(
      """
      SELECT sender_id, min(due_at) FROM (
        SELECT sender_id, due_at FROM profiles WHERE due_at <= ?1
        UNION ALL SELECT sender_id, due_at FROM name_changes WHERE due_at <= ?1)
      GROUP BY sender_id ORDER BY 2 LIMIT ?2
      """, now, limit
    ) { SenderID(trusted: try $0.text(0)) }
  }

  func nextProfileDue(after now: Int64) throws -> Int64? {
    try first(
      """
      SELECT min(due_at) FROM (
        SELECT min(due_at) AS due_at FROM profiles WHERE due_at > ?1
        UNION ALL SELECT min(due_at) FROM name_changes WHERE due_at > ?1)
      """, now
    ) { try $0.optionalInt64(0) } ?? nil
  }

  /// After a pause of the service many readings are overdue: they are spread over `span`.
  func spreadOverdueReadings(now: Int64, over span: Int64) throws {
    try execute(
      """
      UPDATE profiles SET read_at = ?1 + abs(random()) % ?2 WHERE due_at IS NOT NULL AND is_read AND read_at <= ?1
      """, now, max(1, span))
    try execute(
      """
      UPDATE profiles SET due_at = read_at
      WHERE due_at < ?1 AND is_read AND unsent = '[]' AND sending IS NULL AND read_at > ?1
      """, now)
  }

  // MARK: The logo

  /// Puts a picture in the place of the one before; its upload begins anew.
  func setLogo(_ id: SenderID, _ picture: ImageHeader, sha256: String, image: [UInt8], now: Int64) throws {
    try execute(
      """
      INSERT INTO logos (sender_id, sha256, content_type, width, height, bytes, has_alpha, uploaded_at, image)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      ON CONFLICT (sender_id) DO UPDATE
      SET sha256 = ?2, content_type = ?3, width = ?4, height = ?5, bytes = ?6, has_alpha = ?7, uploaded_at = ?8,
        image = ?9, upload_id = NULL, has_sent = 0, handle = NULL, restarts = 0
      """, id.text, sha256, picture.format.rawValue, picture.width, picture.height, image.count, picture.hasAlpha, now,
      image)
  }

  func deleteLogo(_ id: SenderID) throws { try execute("DELETE FROM logos WHERE sender_id = ?", id.text) }

  /// The picture with this hash; nil when another took its place.
  func logoImage(_ id: SenderID, sha256: String) throws -> [UInt8]? {
    try first("SELECT image FROM logos WHERE sender_id = ? AND sha256 = ?", id.text, sha256) { try $0.blob(0) }
  }

  /// Journals how far an upload has come, unless another picture took the place of this one.
  func setUpload(_ id: SenderID, of logo: LogoRow) throws {
    try execute(
      """
      UPDATE logos SET upload_id = ?, has_sent = ?, handle = ?, restarts = ? WHERE sender_id = ? AND sha256 = ?
      """, logo.uploadID, logo.hasSent, logo.handle, logo.restarts, id.text, logo.sha256)
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONCoder.encode(value), as: UTF8.self)
  }
}
