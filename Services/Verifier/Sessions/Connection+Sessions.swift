import Contracts
import Crypto
import JSON
import Store
import Telemetry

extension Connection {
  /// Looks at an open verification later.
  func postpone(_ id: VerificationID, until moment: Int64) throws {
    try execute("UPDATE verifications SET due_at = ? WHERE id = ? AND is_open = 1", moment, id.text)
  }

  /// Whether a call that was answered still waits for its recording.
  func hasOpenCall(_ id: VerificationID) throws -> Bool {
    try first("SELECT 1 FROM calls WHERE verification_id = ? AND state = 'answered' LIMIT 1", id.text) {
      try $0.int(0)
    } != nil
  }

  /// Whether a recording is being fetched or listened to.
  func hasRecordingInWork(_ id: VerificationID) throws -> Bool {
    try first(
      "SELECT 1 FROM recordings WHERE verification_id = ? AND state IN ('announced', 'stored') LIMIT 1", id.text
    ) { try $0.int(0) } != nil
  }

  /// Machines' verifications under way; those that wait for a person are not.
  func runningSessions() throws -> Int {
    try first(
      """
      SELECT count(*) FROM verifications
      WHERE is_open = 1 AND answered_by = 'machine' AND state <> 'needs_a_listener'
      """
    ) { try $0.int(0) } ?? 0
  }
}
