import Contracts
import Crypto
import Store

/// A row of `onboarding_links`.
struct OnboardingLinkRow: Sendable {
  let id: LinkID
  let accountID: AccountID
  let senderID: SenderID
  let note: String?
  let createdAt: Int64
  let expiresAt: Int64
  let usedAt: Int64?
  let revokedAt: Int64?

  static let columns = "id, account_id, sender_id, note, created_at, expires_at, used_at, revoked_at"

  init(_ row: Row) throws {
    id = LinkID(trusted: try row.text(0))
    accountID = AccountID(trusted: try row.text(1))
    senderID = SenderID(trusted: try row.text(2))
    note = try row.optionalText(3)
    createdAt = try row.int64(4)
    expiresAt = try row.int64(5)
    usedAt = try row.optionalInt64(6)
    revokedAt = try row.optionalInt64(7)
  }

  init(id: LinkID, accountID: AccountID, senderID: SenderID, note: String?, createdAt: Int64, expiresAt: Int64) {
    self.id = id
    self.accountID = accountID
    self.senderID = senderID
    self.note = note
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    usedAt = nil
    revokedAt = nil
  }

  func state(now: Int64) -> OnboardingLink.State {
    if usedAt != nil { return .used }
    if revokedAt != nil { return .revoked }
    return expiresAt <= now ? .expired : .active
  }

  func link(url: String? = nil, now: Int64) -> OnboardingLink {
    OnboardingLink(
      id: id, senderID: senderID, url: url, note: note, state: state(now: now),
      expiresAt: Timestamp(milliseconds: expiresAt), createdAt: Timestamp(milliseconds: createdAt),
      usedAt: usedAt.map { Timestamp(milliseconds: $0) }, revokedAt: revokedAt.map { Timestamp(milliseconds: $0) })
  }
}

extension Connection {
  func insert(_ link: OnboardingLinkRow, tokenHash: [UInt8]) throws {
    try execute(
      """
      INSERT INTO onboarding_links (id, account_id, sender_id, token_hash, note, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, link.id.text, link.accountID.text, link.senderID.text, tokenHash, link.note, link.createdAt,
      link.expiresAt)
  }

  /// The link of a token. A disabled account's links open nothing.
  func onboardingLink(tokenHash: [UInt8]) throws -> OnboardingLinkRow? {
    try first(
      """
      SELECT \(OnboardingLinkRow.columns) FROM onboarding_links
      WHERE token_hash = ? AND account_id IN (SELECT id FROM accounts WHERE is_enabled = 1)
      """, tokenHash, map: OnboardingLinkRow.init)
  }

  func onboardingLink(_ id: LinkID, account: AccountID) throws -> OnboardingLinkRow? {
    try first(
      "SELECT \(OnboardingLinkRow.columns) FROM onboarding_links WHERE id = ? AND account_id = ?", id.text,
      account.text, map: OnboardingLinkRow.init)
  }

  func onboardingLinks(
    account: AccountID, sender: SenderID?, after cursor: String?, limit: Int
  ) throws -> [OnboardingLinkRow] {
    try all(
      """
      SELECT \(OnboardingLinkRow.columns) FROM onboarding_links
      WHERE account_id = ?1 AND (?2 IS NULL OR sender_id = ?2) AND id < ?3
      ORDER BY id DESC
      LIMIT ?4
      """, account.text, sender?.text, cursor ?? "lnk_~", limit, map: OnboardingLinkRow.init)
  }

  /// Links of a sender that still open something.
  func activeOnboardingLinks(_ sender: SenderID, now: Int64) throws -> Int {
    try first(
      """
      SELECT count(*) FROM onboarding_links
      WHERE sender_id = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?
      """, sender.text, now
    ) { try $0.int(0) } ?? 0
  }

  func revokeOnboardingLink(_ id: LinkID, now: Int64) throws {
    try execute(
      "UPDATE onboarding_links SET revoked_at = ? WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL", now,
      id.text)
  }

  func useOnboardingLink(_ id: LinkID, now: Int64) throws {
    try execute("UPDATE onboarding_links SET used_at = ? WHERE id = ? AND used_at IS NULL", now, id.text)
  }
}
