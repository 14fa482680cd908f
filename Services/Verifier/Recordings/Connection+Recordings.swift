import Contracts
import Store

/// What happens to recordings, each step for the state it expects: one that came too late changes nothing.
extension Connection {
  // MARK: Work

  /// Recordings of a state with something to do at `now`, longest due first.
  func dueRecordings(_ state: RecordingRow.State, now: Int64, limit: Int) throws -> [RecordingID] {
    try all(
      "SELECT id FROM recordings WHERE due_at <= ? AND state = ? ORDER BY due_at LIMIT ?", now, state.rawValue, limit
    ) { RecordingID(trusted: try $0.text(0)) }
  }

  /// The next moment after `now` at which one falls due.
  func nextRecordingDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM recordings WHERE due_at > ?", now) { try $0.optionalInt64(0) } ?? nil
  }

  /// Tries again later.
  func postponeRecording(_ row: RecordingRow, until due: Int64) throws {
    try execute(
      "UPDATE recordings SET tries = tries + 1, due_at = ? WHERE id = ? AND state = ?", due, row.id.text,
      row.state.rawValue)
  }

  /// Keeps the sound that was fetched. From here on the carrier's copy is one too many.
  func storeRecording(
    _ row: RecordingRow, audio: String, milliseconds: Int64, dueAt: Int64?, now: Int64
  ) throws -> Bool {
    try execute(
      """
      UPDATE recordings
      SET state = 'stored', milliseconds = ?, due_at = ?, tries = 0, delete_at = ?, updated_at = ?
      WHERE id = ? AND state = 'announced'
      """, milliseconds, dueAt, now, now, row.id.text)
    guard changes == 1 else { return false }
    try execute("INSERT INTO recording_sounds (recording_id, audio) VALUES (?, ?)", row.id.text, audio)
    return true
  }

  /// Keeps what was heard.
  func hearRecording(_ row: RecordingRow, as state: RecordingRow.State, hearing: String, now: Int64) throws -> Bool {
    try execute(
      """
      UPDATE recordings SET state = ?, hearing = ?, due_at = NULL, updated_at = ?
      WHERE id = ? AND state = 'stored'
      """, state.rawValue, hearing, now, row.id.text)
    return changes == 1
  }

  /// Nothing is to be done with it any more; it stays until its time is over.
  func rest(_ row: RecordingRow) throws {
    try execute("UPDATE recordings SET due_at = NULL WHERE id = ? AND state = ?", row.id.text, row.state.rawValue)
  }

  /// Sound, sealed.
  func sound(of id: RecordingID) throws -> String? {
    try first("SELECT audio FROM recording_sounds WHERE recording_id = ?", id.text) { try $0.text(0) }
  }

  /// What was heard in it, sealed.
  func hearing(of id: RecordingID) throws -> String? {
    try first("SELECT hearing FROM recordings WHERE id = ?", id.text) { try $0.optionalText(0) } ?? nil
  }

  // MARK: End

  /// Drops sound and hearing, here and at the carrier.
  func dropRecording(_ row: RecordingRow, milliseconds: Int64? = nil, now: Int64) throws -> Bool {
    try execute(
      """
      UPDATE recordings
      SET state = 'dropped', milliseconds = coalesce(?, milliseconds), \(Self.ended)
      WHERE id = ? AND state = ?
      """, milliseconds, now, now, row.id.text, row.state.rawValue)
    guard changes == 1 else { return false }
    try execute("DELETE FROM recording_sounds WHERE recording_id = ?", row.id.text)
    return true
  }

  /// Deletes the sound of a verification that has reached its purpose, and what was heard in it. Belongs in the
  /// transaction of that step.
  func deleteRecordings(of verification: VerificationID, now: Int64) throws {
    try execute(
      """
      DELETE FROM recording_sounds
      WHERE recording_id IN (SELECT id FROM recordings WHERE verification_id = ?)
      """, verification.text)
    try execute(
      """
      UPDATE recordings SET state = 'deleted', \(Self.ended)
      WHERE verification_id = ? AND state NOT IN ('dropped', 'deleted')
      """, now, now, verification.text)
  }

  /// The same for up to `limit` recordings whose time is over; how many there were.
  func deleteExpiredRecordings(now: Int64, limit: Int) throws -> Int {
    let ids = try all(
      """
      SELECT id FROM recordings
      WHERE expires_at <= ? AND state NOT IN ('dropped', 'deleted')
      ORDER BY expires_at
      LIMIT ?
      """, now, limit
    ) { try $0.text(0) }
    for id in ids {
      try execute("DELETE FROM recording_sounds WHERE recording_id = ?", id)
      try execute("UPDATE recordings SET state = 'deleted', \(Self.ended) WHERE id = ?", now, now, id)
    }
    return ids.count
  }

  /// When the next one's time is over.
  func nextRecordingExpiry() throws -> Int64? {
    try first("SELECT min(expires_at) FROM recordings WHERE state NOT IN ('dropped', 'deleted')") {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// When the last one lost its sound.
  func lastRecordingEnd() throws -> Int64? {
    try first("SELECT max(updated_at) FROM recordings WHERE state IN ('dropped', 'deleted')") {
      try $0.optionalInt64(0)
    } ?? nil
  }

  /// Forgets recordings that were made before a moment and have no sound any more; how many.
  func forgetRecordings(before moment: Int64, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM recordings
      WHERE id IN (SELECT id FROM recordings WHERE created_at < ? AND state IN ('dropped', 'deleted') LIMIT ?)
      """, moment, limit)
    return changes
  }

  private static let ended =
    "hearing = NULL, due_at = NULL, delete_at = iif(is_at_carrier = 1, coalesce(delete_at, ?), NULL), updated_at = ?"
}
