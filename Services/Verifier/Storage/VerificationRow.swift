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
  let answeredBy: Verification.Answerer
  var state: Verification.State
  var reason: SenderReason?
  var retryAt: Int64?
  var refusals: Int
  /// As Meta states it.
  var triesLeft: Int?
  var reads: Int
  /// When something is to be done if nothing happens: the machine's next step, reading Meta's state, or expiry.
  var dueAt: Int64
  /// Calls that Meta was asked for.
  var calls = 0
  /// Meta is being asked for a code: what a stop in between leaves behind.
  var isAsking = false
  var disruptedCalls = 0
  /// E.164; only of a number of the inventory, which one verification at a time may use.
  let phoneNumber: String?
  /// How long its calls were intercepted before `armedAt`.
  var interceptedMilliseconds: Int64 = 0
  var armedAt: Int64?
  /// When the interception ends at the latest.
  var deadlineAt: Int64?
  /// What could not be checked beforehand, or protected.
  var note: String?
  let createdAt: Int64
  var updatedAt: Int64

  static let columns = """
    id, account_id, sender_id, method, language, state, reason, retry_at, refusals, reads, due_at, created_at,
    updated_at, note, answered_by, tries_left, calls, is_asking, disrupted_calls, phone_number, intercepted_ms, armed_at,
    deadline_at
    """

  /// One that was just asked for.
  init(
    id: VerificationID, accountID: String, senderID: SenderID, method: Verification.Method, language: String,
    answeredBy: Verification.Answerer = .person, phoneNumber: String? = nil, note: String? = nil, dueAt: Int64,
    now: Int64
  ) {
    self.id = id
    self.accountID = accountID
    self.senderID = senderID
    self.method = method
    self.language = language
    self.answeredBy = answeredBy
    self.phoneNumber = phoneNumber
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
    answeredBy = Verification.Answerer(rawValue: try row.text(14)) ?? .person
    triesLeft = try row.optionalInt64(15).map { Int($0) }
    calls = try row.int(16)
    isAsking = try row.int(17) != 0
    disruptedCalls = try row.int(18)
    phoneNumber = try row.optionalText(19)
    interceptedMilliseconds = try row.int64(20)
    armedAt = try row.optionalInt64(21)
    deadlineAt = try row.optionalInt64(22)
  }

  /// As people see it. `interception` is the journal's word on the number's route.
  func view(_ interception: VerificationInterception? = nil) -> Verification {
    let voiceAt = method == .sms && state == .codeRequested ? retryAt : nil
    let left = max(0, VerificationTimes().refusals - refusals)
    return Verification(
      id: id, senderID: senderID, method: method, language: language, answeredBy: answeredBy, state: state,
      reason: reason, retryAt: retryAt.map { Timestamp(milliseconds: $0) },
      voiceAt: voiceAt.map { Timestamp(milliseconds: $0) },
      triesLeft: state.takesCode ? min(left, triesLeft ?? left) : nil, calls: calls,
      disruptedCalls: disruptedCalls, interception: interception, note: note,
      createdAt: Timestamp(milliseconds: createdAt), updatedAt: Timestamp(milliseconds: updatedAt))
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
      WHERE sender_id = ? AND is_open = 1
      """, sender.text, map: VerificationRow.init)
  }

  /// Whether a verification of another sender on the same number is open.
  func isNumberInVerification(_ phoneNumber: String, besides sender: SenderID) throws -> Bool {
    try first(
      """
      SELECT 1 FROM verifications
      WHERE is_open = 1 AND sender_id <> ?1
        AND (phone_number = ?2 OR sender_id IN (SELECT sender_id FROM replica_senders WHERE phone_number = ?2))
      LIMIT 1
      """, sender.text, phoneNumber
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
      WHERE is_open = 1 AND due_at <= ?
      ORDER BY due_at
      LIMIT ?
      """, now, limit, map: VerificationRow.init)
  }

  func nextVerificationDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM verifications WHERE is_open = 1 AND due_at > ?", now) {
      try $0.optionalInt64(0)
    } ?? nil
  }

  func insert(_ row: VerificationRow) throws {
    try execute(
      """
      INSERT INTO verifications
        (id, account_id, sender_id, method, language, state, is_open, refusals, reads, due_at, created_at, updated_at,
         note, answered_by, phone_number)
      VALUES (?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?, ?, ?, ?, ?)
      """, row.id.text, row.accountID, row.senderID.text, row.method.rawValue, row.language, row.state.rawValue,
      row.dueAt, row.createdAt, row.updatedAt, row.note, row.answeredBy.rawValue, row.phoneNumber)
  }

  func update(_ row: VerificationRow) throws {
    try execute(
      """
      UPDATE verifications
      SET state = ?, is_open = ?, reason = ?, retry_at = ?, refusals = ?, tries_left = ?, reads = ?, due_at = ?,
        calls = ?, is_asking = ?, disrupted_calls = ?, intercepted_ms = ?, armed_at = ?, deadline_at = ?, note = ?,
        updated_at = ?
      WHERE id = ?
      """, row.state.rawValue, row.state.isOpen ? 1 : 0, try Self.text(row.reason), row.retryAt, row.refusals,
      row.triesLeft, row.reads, row.dueAt, row.calls, row.isAsking ? 1 : 0, row.disruptedCalls,
      row.interceptedMilliseconds, row.armedAt, row.deadlineAt, row.note, row.updatedAt, row.id.text)
  }

  private static func text(_ reason: SenderReason?) throws -> String? {
    try reason.map { String(decoding: try JSONCoder.encode($0), as: UTF8.self) }
  }
}
