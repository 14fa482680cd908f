import Contracts
import JSON
import Store

/// A row of `verifications`. The code has no column, on purpose.
struct VerificationRow: Sendable {
  let id: VerificationID
  let accountID: String
  let senderID: SenderID
  let method: Verification.Method
  let language: String
  var state: Verification.State
  var reason: SenderReason?
  var retryAt: Int64?
  var refusals: Int
  var reads: Int
  /// When something is to be done if nothing happens: reading Meta's state, or expiry.
  var dueAt: Int64
  /// What could not be checked beforehand.
  let note: String?
  let createdAt: Int64
  var updatedAt: Int64

  static let columns = """
    id, account_id, sender_id, method, language, state, reason, retry_at, refusals, reads, due_at, created_at,
    updated_at, note
    """

  /// One that was just asked for.
  init(
    id: VerificationID, accountID: String, senderID: SenderID, method: Verification.Method, language: String,
    note: String? = nil, dueAt: Int64, now: Int64
  ) {
    self.id = id
    self.accountID = accountID
    self.senderID = senderID
    self.method = method
    self.language = language
    state = .requested
    refusals = 0
    reads = 0
    self.dueAt = dueAt
    self.note = note
    createdAt = now
    updatedAt = now
  }

  init(_ row: Row) throws {
    id = VerificationID(trusted: try row.text(0))
    accountID = try row.text(1)
    senderID = SenderID(trusted: try row.text(2))
    method = Verification.Method(rawValue: try row.text(3)) ?? .sms
    language = try row.text(4)
    state = Verification.State(rawValue: try row.text(5)) ?? .failed
    reason = try row.optionalText(6).map { try JSONCoder.decode(SenderReason.self, from: $0) }
    retryAt = try row.optionalInt64(7)
    refusals = try row.int(8)
    reads = try row.int(9)
    dueAt = try row.int64(10)
    createdAt = try row.int64(11)
    updatedAt = try row.int64(12)
    note = try row.optionalText(13)
  }

  var verification: Verification {
    Verification(
      id: id, senderID: senderID, method: method, language: language, state: state, reason: reason,
      retryAt: retryAt.map { Timestamp(milliseconds: $0) }, note: note, createdAt: Timestamp(milliseconds: createdAt),
      updatedAt: Timestamp(milliseconds: updatedAt))
  }
}

extension Connection {
  func verification(_ id: VerificationID) throws -> VerificationRow? {
    try first("SELECT \(VerificationRow.columns) FROM verifications WHERE id = ?", id.text, map: VerificationRow.init)
  }

  func verification(_ id: VerificationID, account: String) throws -> VerificationRow? {
    try first(
      "SELECT \(VerificationRow.columns) FROM verifications WHERE id = ? AND account_id = ?", id.text, account,
      map: VerificationRow.init)
  }

  /// The verification that an idempotency key began in an earlier version.
  func verification(earlierKey key: String, account: String, after: Int64) throws -> VerificationRow? {
    try first(
      """
      SELECT \(VerificationRow.columns) FROM verifications
      WHERE account_id = ? AND idempotency_key = ? AND created_at > ?
      """, account, key, after, map: VerificationRow.init)
  }

  func openVerification(of sender: SenderID) throws -> VerificationRow? {
    try first(
      """
      SELECT \(VerificationRow.columns) FROM verifications
      WHERE sender_id = ? AND state IN ('requested', 'code_requested', 'submitted')
      """, sender.text, map: VerificationRow.init)
  }

  /// Whether a verification of another sender on the same number is open.
  func isNumberInVerification(_ phoneNumber: String, besides sender: SenderID) throws -> Bool {
    try first(
      """
      SELECT 1 FROM verifications v JOIN replica_senders r ON r.sender_id = v.sender_id
      WHERE r.phone_number = ? AND v.sender_id <> ? AND v.state IN ('requested', 'code_requested', 'submitted')
      LIMIT 1
      """, phoneNumber, sender.text
    ) { try $0.int(0) } != nil
  }

  /// Until when Meta wants to send the sender no code this way; nil when it may be asked.
  func codeWait(of sender: SenderID, _ method: Verification.Method, now: Int64) throws -> Int64? {
    try first(
      "SELECT max(retry_at) FROM verifications WHERE sender_id = ? AND method = ? AND state = 'failed' AND retry_at > ?",
      sender.text, method.rawValue, now
    ) { try $0.optionalInt64(0) } ?? nil
  }

  /// Open verifications with something to do at `now`, longest due first.
  func dueVerifications(now: Int64, limit: Int) throws -> [VerificationRow] {
    try all(
      """
      SELECT \(VerificationRow.columns) FROM verifications
      WHERE state IN ('requested', 'code_requested', 'submitted') AND due_at <= ?
      ORDER BY due_at
      LIMIT ?
      """, now, limit, map: VerificationRow.init)
  }

  func nextVerificationDue() throws -> Int64? {
    try first(
      "SELECT min(due_at) FROM verifications WHERE state IN ('requested', 'code_requested', 'submitted')"
    ) { try $0.optionalInt64(0) } ?? nil
  }

  func insert(_ row: VerificationRow) throws {
    try execute(
      "INSERT INTO verifications (\(VerificationRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.id.text, row.accountID, row.senderID.text, row.method.rawValue, row.language, row.state.rawValue,
      try Self.text(row.reason), row.retryAt, row.refusals, row.reads, row.dueAt, row.createdAt,
      row.updatedAt, row.note)
  }

  func update(_ row: VerificationRow) throws {
    try execute(
      """
      UPDATE verifications SET state = ?, reason = ?, retry_at = ?, refusals = ?, reads = ?, due_at = ?, updated_at = ?
      WHERE id = ?
      """, row.state.rawValue, try Self.text(row.reason), row.retryAt, row.refusals, row.reads, row.dueAt,
      row.updatedAt, row.id.text)
  }

  private static func text(_ reason: SenderReason?) throws -> String? {
    try reason.map { String(decoding: try JSONCoder.encode($0), as: UTF8.self) }
  }
}
