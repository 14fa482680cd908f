import Contracts
import Store

/// A row of `name_changes`: the newest display name that was asked for.
struct NameChangeRow: Sendable {
  let senderID: SenderID
  let name: String
  var step: NameChangePlan.Step
  var isStarted: Bool
  var onboardedBefore: String?
  var tries: Int
  var nextAt: Int64
  let requestedAt: Int64

  init(_ row: Row) throws {
    senderID = SenderID(trusted: try row.text(0))
    name = try row.text(1)
    step = NameChangePlan.Step(rawValue: try row.text(2)) ?? .declined
    isStarted = try row.bool(3)
    onboardedBefore = try row.optionalText(4)
    tries = try row.int(5)
    nextAt = try row.int64(6)
    requestedAt = try row.int64(7)
  }
}

extension Connection {
  func nameChange(_ id: SenderID) throws -> NameChangeRow? {
    try first(
      """
      SELECT sender_id, name, step, is_started, onboarded_before, tries, next_at, requested_at
      FROM name_changes WHERE sender_id = ?
      """, id.text, map: NameChangeRow.init)
  }

  /// Begins a change of name, in the place of the one before.
  func beginNameChange(_ id: SenderID, to name: String, isOnline: Bool, now: Int64) throws {
    try execute(
      """
      INSERT INTO name_changes (sender_id, name, step, next_at, due_at, requested_at)
      VALUES (?1, ?2, 'asking', ?3, ?4, ?3)
      ON CONFLICT (sender_id) DO UPDATE
      SET name = ?2, step = 'asking', is_started = 0, onboarded_before = NULL, tries = 0, next_at = ?3, due_at = ?4,
        requested_at = ?3
      """, id.text, name, now, isOnline ? now : nil)
  }

  func update(_ change: NameChangeRow) throws {
    try execute(
      """
      UPDATE name_changes
      SET step = ?1, is_started = ?2, onboarded_before = ?3, tries = ?4, next_at = ?5,
        due_at = CASE WHEN ?1 NOT IN ('done', 'declined')
          AND EXISTS (SELECT 1 FROM senders WHERE id = ?6 AND status = 'online' AND deleted_at IS NULL) THEN ?5 END
      WHERE sender_id = ?6
      """, change.step.rawValue, change.isStarted, change.onboardedBefore, change.tries, change.nextAt,
      change.senderID.text)
  }
}
