import Contracts
import Store

extension Connection {
  func poolEntry(_ sender: SenderID) throws -> PoolRow? {
    try first("SELECT \(PoolRow.columns) FROM pool_entries WHERE sender_id = ?", sender.text, map: PoolRow.init)
  }

  /// The entry of an account's number that is verified, or being removed.
  func readyEntry(_ number: NumberID, account: AccountID) throws -> PoolRow? {
    try first(
      """
      SELECT \(PoolRow.columns) FROM pool_entries
      WHERE number_id = ? AND account_id = ? AND state IN ('verified', 'removing')
        AND NOT EXISTS (SELECT 1 FROM senders s WHERE s.id = sender_id AND s.phone_number_id IS NOT NULL)
      """, number.text, account.text, map: PoolRow.init)
  }

  /// Verified numbers of an account that nobody has claimed, the newest in the inventory first.
  func readyEntries(account: AccountID, now: Int64, after cursor: String?, limit: Int) throws -> [PoolRow] {
    try all(
      """
      SELECT \(PoolRow.columns) FROM pool_entries
      WHERE account_id = ? AND number_id < ? AND expires_at > ?
        AND (state = 'verified' OR state = 'removing' AND verified_at IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM senders s WHERE s.id = sender_id AND s.phone_number_id IS NOT NULL)
      ORDER BY number_id DESC
      LIMIT ?
      """, account.text, cursor ?? "num_~", now, limit, map: PoolRow.init)
  }

  /// What Meta is to be asked about. A number joins only when an earlier sender's entry of it has left: Meta has one.
  private static let isActive = """
    (state = 'removing' OR state = 'adding' AND NOT EXISTS (
      SELECT 1 FROM pool_entries other
      WHERE other.phone_number = pool_entries.phone_number
        AND other.state IN ('added', 'verified', 'expired', 'removing')))
    """

  /// Entries that Meta is to be asked about, longest due first.
  func duePoolEntries(now: Int64, limit: Int) throws -> [PoolRow] {
    try all(
      """
      SELECT \(PoolRow.columns) FROM pool_entries
      WHERE state IN ('adding', 'removing') AND due_at <= ? AND \(Self.isActive)
      ORDER BY due_at
      LIMIT ?
      """, now, limit, map: PoolRow.init)
  }

  func nextPoolDue() throws -> Int64? {
    try first(
      "SELECT min(due_at) FROM pool_entries WHERE state IN ('adding', 'removing') AND \(Self.isActive)"
    ) { try $0.optionalInt64(0) } ?? nil
  }

  /// Entries in the pool, a page of them in the order of their senders.
  func poolMembers(after sender: String, limit: Int) throws -> [PoolRow] {
    try all(
      """
      SELECT \(PoolRow.columns) FROM pool_entries
      WHERE state IN ('added', 'verified', 'expired') AND sender_id > ?
      ORDER BY sender_id
      LIMIT ?
      """, sender, limit, map: PoolRow.init)
  }

  /// Entries whose number was claimed, whose sender is gone, or whose time has come: nobody at Meta has to be asked.
  func poolMembersToSettle(now: Int64, limit: Int) throws -> [PoolRow] {
    try all(
      """
      SELECT \(PoolRow.columns) FROM pool_entries
      WHERE state IN ('added', 'verified', 'expired')
        AND (state = 'verified' AND expires_at <= ?1
          OR state = 'verified' AND expires_at <= ?2 AND warned_of IS NOT expires_at
          OR (SELECT s.deleted_at IS NOT NULL OR s.phone_number_id IS NOT NULL FROM senders s WHERE s.id = sender_id))
      LIMIT ?3
      """, now, now + PoolTimes.warning, limit, map: PoolRow.init)
  }

  func insert(_ row: PoolRow) throws {
    try execute(
      "INSERT INTO pool_entries (\(PoolRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.senderID.text, row.accountID.text, row.numberID.text, row.phoneNumber.text, row.state.rawValue,
      row.preverifiedID, row.verifiedAt, row.expiresAt, row.warnedOf, row.wabaID, row.phoneNumberID, row.isCalled,
      row.tries, row.dueAt, row.createdAt, row.updatedAt, row.missingSince)
  }

  /// Changes an entry that is still in `state`; nil when it is not.
  @discardableResult
  func change(
    _ sender: SenderID, in state: PoolRow.State, now: Int64, _ body: (inout PoolRow) throws -> Void
  ) throws -> PoolRow? {
    guard var row = try poolEntry(sender), row.state == state else { return nil }
    try body(&row)
    try execute(
      """
      UPDATE pool_entries
      SET state = ?, preverified_id = ?, verified_at = ?, expires_at = ?, warned_of = ?, waba_id = ?,
        phone_number_id = ?, is_called = ?, tries = ?, due_at = ?, missing_since = ?, updated_at = ?
      WHERE sender_id = ?
      """, row.state.rawValue, row.preverifiedID, row.verifiedAt, row.expiresAt, row.warnedOf, row.wabaID,
      row.phoneNumberID, row.isCalled, row.tries, row.dueAt, row.missingSince, now, sender.text)
    return row
  }

  /// Tells a sender that waits what it waits for now, and which id it has in the pool. One that no longer waits keeps
  /// its reasons.
  func tellWaiting(_ sender: SenderID, _ reasons: [SenderReason], preverifiedID: String?, now: Int64) throws {
    guard var row = try self.sender(sender) else { return }
    if row.condition.status == .pending {
      try apply(.stepNeeded(reasons), to: sender, now: now) { $0.preverifiedID = preverifiedID }
    } else if row.preverifiedID != preverifiedID {
      row.preverifiedID = preverifiedID
      row.updatedAt = now
      try update(row, now: now)
    }
  }

  /// What the verifier says of a number in the pool. False when the sender's number is not there.
  func recordPoolVerification(_ call: SenderRegistryAPI.RecordVerification, now: Int64) throws -> Bool {
    guard let entry = try poolEntry(call.senderID), [.added, .verified, .expired].contains(entry.state) else {
      return false
    }
    guard call.isVerified else {
      if entry.state != .verified, let reason = call.reason {
        let need: SenderReason = entry.state == .expired ? .verificationExpired : .verificationNeeded
        try tellWaiting(call.senderID, [need, reason], preverifiedID: entry.preverifiedID, now: now)
      }
      return true
    }
    try change(call.senderID, in: entry.state, now: now) { row in
      row.state = .verified
      row.verifiedAt = now
      // Until the next look at the pool tells Meta's own.
      row.expiresAt = now + PoolTimes.life
    }
    try tellWaiting(call.senderID, [.signupNeeded], preverifiedID: entry.preverifiedID, now: now)
    return true
  }

  /// Gives every sender in the pool a new place in the replica's order: their token is the partner's, which an operator
  /// may have replaced while the service was down.
  func renewPoolTokens() throws {
    let waiting = try all(
      "SELECT id FROM senders WHERE preverified_id IS NOT NULL AND phone_number_id IS NULL AND deleted_at IS NULL"
    ) { SenderID(trusted: try $0.text(0)) }
    for id in waiting {
      try execute("UPDATE senders SET replica_counter = ? WHERE id = ?", try nextReplicaCounter(), id.text)
    }
  }
}
