import CarrierAPI
import Contracts
import Crypto
import Store
import Wire

/// What the rest of the service says to the journal and asks of it. Whoever orders or gives back wakes the interceptor
/// after the commit.
extension Connection {
  /// Orders that a number's calls come here until `deadline`, for at most `InterceptionTimes.longest`. Throws while an
  /// earlier verification's interception of the number has not ended.
  func orderInterception(
    of verification: VerificationID, sender: SenderID, account: String, phoneNumber: String, deadline: Int64,
    now: Int64
  ) throws {
    if let earlier = try unfinishedInterception(.session, of: phoneNumber) {
      throw CallFailure(
        .failedPrecondition, "NUMBER_STILL_INTERCEPTED",
        earlier.isWanted
          ? "The number's calls are intercepted for another verification."
          : "The number's calls are just being given back: try again shortly.",
        retry: .afterMilliseconds(15_000))
    }
    try insert(
      InterceptionRow(
        id: Self.newInterceptionID(now), kind: .session, verificationID: verification, senderID: sender,
        accountID: account, phoneNumber: phoneNumber, deadlineAt: min(deadline, now + InterceptionTimes.longest),
        now: now))
  }

  /// The verification no longer needs the number. Once more is the same as once.
  func giveBack(_ verification: VerificationID, now: Int64) throws {
    try execute(
      """
      UPDATE interceptions
      SET wanted = 0, attempts = 0, due_at = ?1, state = CASE state WHEN 'ordered' THEN 'ordered' ELSE 'restoring' END
      WHERE verification_id = ?2 AND ended_at IS NULL AND wanted = 1
      """, now, verification.text)
  }

  /// The verification that a call to this number is for; nil when it is for whoever answers the number otherwise.
  func armedInterception(phoneNumber: String, now: Int64) throws -> VerificationID? {
    try first(
      """
      SELECT verification_id FROM interceptions
      WHERE phone_number = ? AND kind = 'session' AND state = 'armed' AND wanted = 1 AND deadline_at > ?
        AND ended_at IS NULL
      """, phoneNumber, now
    ) { VerificationID(trusted: try $0.text(0)) }
  }

  /// Where the number's calls go when nobody listens, as far as the journal knows.
  func normalRoute(phoneNumber: String, _ keyring: SealingKeyring) throws -> VoiceRoute? {
    try first(
      """
      SELECT \(InterceptionRow.columns) FROM interceptions
      WHERE phone_number = ? AND original IS NOT NULL
      ORDER BY ended_at IS NULL DESC, created_at DESC, rowid DESC
      LIMIT 1
      """, phoneNumber, map: InterceptionRow.init)?.original?.open(keyring)
  }

  /// Orders that the number's calls come here for good.
  func orderPermanentInterception(sender: SenderID, account: String, phoneNumber: String, now: Int64) throws {
    try insert(
      InterceptionRow(
        id: Self.newInterceptionID(now), kind: .permanent, verificationID: nil, senderID: sender, accountID: account,
        phoneNumber: phoneNumber, deadlineAt: nil, now: now))
  }

  /// Ends that.
  func endPermanentInterception(phoneNumber: String, now: Int64) throws {
    try execute(
      """
      UPDATE interceptions
      SET wanted = 0, attempts = 0, due_at = ?1, state = CASE state WHEN 'ordered' THEN 'ordered' ELSE 'restoring' END
      WHERE phone_number = ?2 AND kind = 'permanent' AND ended_at IS NULL AND wanted = 1
      """, now, phoneNumber)
  }

  private static func newInterceptionID(_ now: Int64) -> String { "icp_" + ULID.make(milliseconds: now) }
}

/// What the interceptor itself reads and writes.
extension Connection {
  func interception(_ id: String) throws -> InterceptionRow? {
    try first("SELECT \(InterceptionRow.columns) FROM interceptions WHERE id = ?", id, map: InterceptionRow.init)
  }

  func interception(of verification: VerificationID) throws -> InterceptionRow? {
    try first(
      "SELECT \(InterceptionRow.columns) FROM interceptions WHERE verification_id = ? ORDER BY rowid DESC LIMIT 1",
      verification.text, map: InterceptionRow.init)
  }

  func unfinishedInterception(_ kind: InterceptionRow.Kind, of phoneNumber: String) throws -> InterceptionRow? {
    try first(
      """
      SELECT \(InterceptionRow.columns) FROM interceptions
      WHERE phone_number = ? AND kind = ? AND ended_at IS NULL
      """, phoneNumber, kind.rawValue, map: InterceptionRow.init)
  }

  /// The newest row of a number, ended or not.
  func lastInterception(_ kind: InterceptionRow.Kind, of phoneNumber: String) throws -> InterceptionRow? {
    try first(
      """
      SELECT \(InterceptionRow.columns) FROM interceptions
      WHERE phone_number = ? AND kind = ?
      ORDER BY created_at DESC, rowid DESC
      LIMIT 1
      """, phoneNumber, kind.rawValue, map: InterceptionRow.init)
  }

  /// Sessions first: somebody waits for them.
  func dueInterceptions(now: Int64, limit: Int) throws -> [InterceptionRow] {
    try all(
      """
      SELECT \(InterceptionRow.columns) FROM interceptions
      WHERE ended_at IS NULL AND due_at <= ?
      ORDER BY kind DESC, due_at
      LIMIT ?
      """, now, limit, map: InterceptionRow.init)
  }

  func nextInterceptionDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM interceptions WHERE ended_at IS NULL AND due_at > ?", now) {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// Rows that did not come to an end as they should, and those of numbers that `carrierAccount`, the configured one,
  /// does not have: readiness and alerts speak of them.
  func overdueInterceptions(now: Int64, carrierAccount: String?, limit: Int) throws -> [InterceptionRow] {
    try all(
      """
      SELECT \(InterceptionRow.columns) FROM interceptions
      WHERE ended_at IS NULL AND state <> 'ordered' AND (
        wanted = 0 AND attempts >= ?1 OR deadline_at < ?2 OR ifnull(carrier_account <> ?3, ?3 IS NULL))
      ORDER BY created_at
      LIMIT ?4
      """, InterceptionTimes.failuresBeforeAlert, now - InterceptionTimes.tolerated, carrierAccount, limit,
      map: InterceptionRow.init)
  }

  /// Numbers whose calls may come here now.
  func interceptedCount(_ kind: InterceptionRow.Kind) throws -> Int {
    try first(
      "SELECT count(*) FROM interceptions WHERE kind = ? AND ended_at IS NULL AND state <> 'ordered'", kind.rawValue
    ) { try $0.int(0) } ?? 0
  }

  func insert(_ row: InterceptionRow) throws {
    let values = row.values
    let places = values.map { _ in "?" }.joined(separator: ", ")
    try execute("INSERT INTO interceptions (\(InterceptionRow.columns)) VALUES (\(places))", values: values)
  }

  /// Stores what became of a row, unless somebody has given it back meanwhile: then nothing is stored, and false.
  func update(_ row: InterceptionRow, over before: InterceptionRow) throws -> Bool {
    let values: [any SQLConvertible] = [
      row.numberSID, row.original?.text, row.switchedURL, row.state.rawValue, row.isWanted, row.attempts,
      row.dueAt, row.lastError, row.note, row.isAlerted, row.armedAt, row.endedAt, row.carrierAccount,
      row.earlierURLsText, row.id, before.state.rawValue, before.isWanted,
    ]
    try execute(
      """
      UPDATE interceptions SET number_sid = ?, original = ifnull(original, ?), switched_url = ?, state = ?, wanted = ?,
        attempts = ?, due_at = ?, last_error = ?, note = ?, alerted = ?, armed_at = ?, ended_at = ?,
        carrier_account = ?, earlier_urls = ?
      WHERE id = ? AND state = ? AND wanted = ? AND ended_at IS NULL
      """, values: values)
    return changes == 1
  }

  /// Every URL that a number's calls were ever sent to by this service, whatever its settings were, as far as the
  /// journal goes back: one that a route still has is nobody's normal URL.
  func urlsOfOurs(phoneNumber: String) throws -> Set<String> {
    let rows = try all(
      "SELECT \(InterceptionRow.columns) FROM interceptions WHERE phone_number = ? AND switched_url IS NOT NULL",
      phoneNumber, map: InterceptionRow.init)
    return Set(rows.flatMap { $0.earlierURLs + [$0.switchedURL].compactMap { $0 } })
  }

  /// Numbers that come here for good although their sender is gone, so that nobody could switch them back. None before
  /// the replica was copied: an empty one proves nothing.
  func senderlessInterceptions() throws -> [String] {
    try all(
      """
      SELECT phone_number FROM interceptions
      WHERE kind = 'permanent' AND ended_at IS NULL AND wanted = 1
        AND EXISTS (SELECT 1 FROM replica_position WHERE epoch IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM replica_senders WHERE replica_senders.sender_id = interceptions.sender_id)
      """
    ) { try $0.text(0) }
  }

  /// Until when a change whose answer was lost may still take effect; nil when the carrier shows that it has.
  func setUnsettled(until: Int64?, _ id: String) throws {
    try execute("UPDATE interceptions SET unsettled_until = ? WHERE id = ? AND ended_at IS NULL", until, id)
  }

  /// After a start: everything is looked at at once, and what was being changed when the process ended may still take
  /// effect. Answers what has not ended.
  func resumeInterceptions(unsettledUntil: Int64, now: Int64) throws -> [InterceptionRow] {
    try execute(
      """
      UPDATE interceptions
      SET due_at = ?1,
        unsettled_until = CASE WHEN state IN ('journalled', 'armed', 'restoring') AND original IS NOT NULL
          THEN max(ifnull(unsettled_until, 0), ?2) ELSE unsettled_until END
      WHERE ended_at IS NULL
      """, now, unsettledUntil)
    return try all(
      "SELECT \(InterceptionRow.columns) FROM interceptions WHERE ended_at IS NULL ORDER BY kind DESC, created_at LIMIT 10000",
      map: InterceptionRow.init)
  }

  /// A store that failed must not be asked again at once.
  func postponeInterception(_ id: String, until moment: Int64) throws {
    try execute("UPDATE interceptions SET due_at = ? WHERE id = ? AND ended_at IS NULL", moment, id)
  }

  /// Forgets rows that ended before `moment`.
  func pruneInterceptions(endedBefore moment: Int64) throws {
    try execute("DELETE FROM interceptions WHERE ended_at < ?", moment)
  }
}
