import Contracts
import JSON
import Store

extension Connection {
  /// A sender that is not deleted, of one account.
  func sender(_ id: SenderID, account: AccountID) throws -> SenderRow? {
    try first(
      "SELECT \(SenderRow.columns) FROM senders WHERE id = ? AND account_id = ? AND deleted_at IS NULL",
      id.text, account.text, map: SenderRow.init)
  }

  /// A sender that is not deleted, of any account: for work that no caller asked for.
  func sender(_ id: SenderID) throws -> SenderRow? {
    try first(
      "SELECT \(SenderRow.columns) FROM senders WHERE id = ? AND deleted_at IS NULL", id.text, map: SenderRow.init)
  }

  func isPhoneNumberUsed(_ number: PhoneNumber, account: AccountID) throws -> SenderID? {
    try first(
      "SELECT id FROM senders WHERE account_id = ? AND phone_number = ? AND deleted_at IS NULL", account.text,
      number.text
    ) { SenderID(trusted: try $0.text(0)) }
  }

  /// The sender, of whatever account, that holds a number id of Meta's.
  func holder(ofNumberID id: String) throws -> SenderID? {
    try first("SELECT id FROM senders WHERE phone_number_id = ? AND deleted_at IS NULL", id) {
      SenderID(trusted: try $0.text(0))
    }
  }

  /// Adds a new sender with the first line of its history.
  func insert(_ sender: SenderRow) throws {
    try execute(
      """
      INSERT INTO senders (id, account_id, origin, number_id, phone_number, display_name, status, reasons,
        replica_counter, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, sender.id.text, sender.accountID.text, sender.origin.rawValue, sender.numberID?.text,
      sender.phoneNumber.text, sender.displayName,
      sender.condition.status.rawValue, try Self.text(sender.condition.reasons), try nextReplicaCounter(),
      sender.createdAt, sender.updatedAt)
    try addHistory(sender.id, "created", from: nil, to: sender.condition, at: sender.createdAt)
  }

  /// Stores what changed in a sender, counts its version up and puts it at the end of the replica's order.
  func update(_ sender: SenderRow, now: Int64) throws {
    try execute(
      """
      UPDATE senders
      SET status = ?, reasons = ?, waba_id = ?, business_id = ?, phone_number_id = ?, quality_rating = ?,
        messaging_limit = ?, throughput = ?, access_token = ?, pin = ?, replica_counter = ?, updated_at = ?,
        deleted_at = ?, origin = ?, number_id = ?, preverified_id = ?, display_name = ?, is_enabled = ?, warnings = ?,
        name_status = ?, requested_display_name = ?, state_read_at = ?, version = version + 1
      WHERE id = ?
      """, sender.condition.status.rawValue, try Self.text(sender.condition.reasons), sender.wabaID, sender.businessID,
      sender.phoneNumberID, sender.qualityRating, sender.messagingLimit, sender.throughput, sender.accessToken,
      sender.pin, try nextReplicaCounter(), now, sender.deletedAt, sender.origin.rawValue, sender.numberID?.text,
      sender.preverifiedID, sender.displayName, sender.isEnabled, try Self.text(sender.warnings), sender.nameStatus,
      sender.requestedDisplayName, sender.stateReadAt, sender.id.text)
    try plan(sender, now: now)
  }

  /// Applies an event to a sender: its new state, the history line, the account's event, the replica's order. Throws
  /// `SenderRefusal`.
  @discardableResult
  func apply(
    _ event: SenderEvent, to id: SenderID, now: Int64, _ change: (inout SenderRow) throws -> Void = { _ in }
  ) throws -> SenderRow {
    guard var sender = try sender(id) else { throw SenderRefusal.notOnboarding }
    let old = sender
    sender.condition = try SenderTransition.apply(event, to: old.condition, isEnabled: old.isEnabled).get()
    if event == .disabled { sender.isEnabled = false }
    if event == .enabled { sender.isEnabled = true }
    try change(&sender)
    try store(&sender, after: event.name, from: old, now: now)
    return sender
  }

  /// Stores a sender after an event, with the history line and the account's event when its state changed.
  func store(_ sender: inout SenderRow, after event: String, from old: SenderRow, now: Int64) throws {
    sender.updatedAt = now
    try update(sender, now: now)
    sender.version += 1
    let (before, after) = (old.condition, sender.condition)
    guard after != before else { return }
    try addHistory(sender.id, event, from: before.status, to: after, at: now)
    let isOtherStatus = after.status != before.status
    guard isOtherStatus || after.reasons.map(\.code) != before.reasons.map(\.code) else { return }
    try addEvent(
      isOtherStatus ? "sender.status_changed" : "sender.reasons_changed", after.severity, account: sender.accountID,
      sender: sender.id, after.message, before: before.status.rawValue, after: after.status.rawValue, now: now)
  }

  func addHistory(
    _ id: SenderID, _ event: String, from: SenderStatus?, to condition: SenderCondition, at now: Int64
  ) throws {
    try execute(
      "INSERT INTO sender_history (sender_id, event, from_status, to_status, reasons, at) VALUES (?, ?, ?, ?, ?, ?)",
      id.text, event, from?.rawValue, condition.status.rawValue, try Self.text(condition.reasons), now)
  }

  static func text(_ reasons: [SenderReason]) throws -> String {
    String(decoding: try JSONCoder.encode(reasons), as: UTF8.self)
  }
}
