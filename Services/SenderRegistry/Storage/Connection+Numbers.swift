import Contracts
import JSON
import Store

/// What a list of numbers is narrowed to.
struct NumberFilter: Sendable {
  var kind: InventoryNumber.Kind?
  var country: String?
  var isAvailable: Bool?
  var state: InventoryNumber.State?
}

extension Connection {
  /// A number of one account.
  func number(_ id: NumberID, account: AccountID) throws -> NumberRow? {
    try first(
      "SELECT \(NumberRow.columns), \(NumberRow.sender) FROM numbers WHERE id = ? AND account_id = ?", id.text,
      account.text, map: NumberRow.init)
  }

  /// A number of any account: for work that no caller asked for.
  func number(_ id: NumberID) throws -> NumberRow? {
    try first(
      "SELECT \(NumberRow.columns), \(NumberRow.sender) FROM numbers WHERE id = ?", id.text, map: NumberRow.init)
  }

  /// Numbers of an account, newest first; released ones only when asked for.
  func numbers(account: AccountID, _ filter: NumberFilter, after cursor: String?, limit: Int) throws -> [NumberRow] {
    try all(
      """
      SELECT \(NumberRow.columns), \(NumberRow.sender) AS sender FROM numbers
      WHERE account_id = ?1 AND id < ?2
        AND (?3 IS NULL OR kind = ?3) AND (?4 IS NULL OR country = ?4)
        AND (state = ?5 OR ?5 IS NULL AND state <> 'released')
        AND (?6 IS NULL OR ?6 = (kind = 'normal' AND state = 'active' AND sender IS NULL))
      ORDER BY id DESC
      LIMIT ?7
      """, account.text, cursor ?? "num_~", filter.kind?.rawValue, filter.country, filter.state?.rawValue,
      filter.isAvailable, limit, map: NumberRow.init)
  }

  /// The row that holds a phone number now, in whatever inventory.
  func holder(of phoneNumber: PhoneNumber) throws -> NumberRow? {
    try first(
      """
      SELECT \(NumberRow.columns), \(NumberRow.sender) FROM numbers
      WHERE phone_number = ? AND state IN ('buying', 'active', 'releasing')
      """, phoneNumber.text, map: NumberRow.init)
  }

  /// Numbers with something to do at the carrier, longest due first.
  func dueNumbers(now: Int64, limit: Int) throws -> [NumberRow] {
    try all(
      """
      SELECT \(NumberRow.columns), NULL FROM numbers
      WHERE state IN ('buying', 'releasing') AND due_at <= ?
      ORDER BY due_at
      LIMIT ?
      """, now, limit, map: NumberRow.init)
  }

  func nextNumberDue() throws -> Int64? {
    try first("SELECT min(due_at) FROM numbers WHERE state IN ('buying', 'releasing')") { try $0.optionalInt64(0) }
      ?? nil
  }

  func insert(_ row: NumberRow) throws {
    try execute(
      "INSERT INTO numbers (\(NumberRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.id.text, row.accountID.text, row.phoneNumber.text, row.kind.rawValue, row.country, row.nickname, row.provider,
      row.state.rawValue, try Self.text(row.reason), row.carrierSID, row.hasVoice, row.hasSMS, row.isCalled, row.tries,
      row.dueAt, row.version, row.createdAt, row.updatedAt)
  }

  /// Stores what changed in a number and counts its version up.
  func update(_ row: NumberRow, now: Int64) throws {
    try execute(
      """
      UPDATE numbers
      SET nickname = ?, state = ?, reason = ?, carrier_sid = ?, has_voice = ?, has_sms = ?, is_called = ?, tries = ?,
        due_at = ?, updated_at = ?, version = version + 1
      WHERE id = ?
      """, row.nickname, row.state.rawValue, try Self.text(row.reason), row.carrierSID, row.hasVoice, row.hasSMS,
      row.isCalled, row.tries, row.dueAt, now, row.id.text)
  }

  /// Journals that the carrier is about to be called. False when the row is no longer in `state`.
  func journalCall(_ id: NumberID, in state: InventoryNumber.State) throws -> Bool {
    try execute("UPDATE numbers SET is_called = 1 WHERE id = ? AND state = ?", id.text, state.rawValue)
    return changes == 1
  }

  /// Changes a row that is still in `state`; nil when it is not.
  @discardableResult
  func change(
    _ id: NumberID, in state: InventoryNumber.State, now: Int64, _ body: (inout NumberRow) throws -> Void
  ) throws -> NumberRow? {
    guard var row = try number(id), row.state == state else { return nil }
    try body(&row)
    try update(row, now: now)
    return row
  }

  /// Whether an account is the operator's: the one whose admin key comes from the operator's file.
  func isOperator(_ account: AccountID) throws -> Bool {
    try AccountRow.find(account, self)?.isOperator == true
  }

  func isAccount(_ account: AccountID) throws -> Bool {
    try first("SELECT 1 FROM accounts WHERE id = ?", account.text) { try $0.int(0) } != nil
  }

  static func text(_ reason: SenderReason?) throws -> String? {
    try reason.map { String(decoding: try JSONCoder.encode($0), as: UTF8.self) }
  }
}
