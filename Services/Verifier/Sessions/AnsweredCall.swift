import Contracts
import Crypto
import Store

/// A call that we answered. Who called is not kept.
struct AnsweredCall: Sendable {
  let callSID: String
  let verificationID: VerificationID
  /// It has no recording yet.
  let isWaiting: Bool
  /// How often the carrier was asked for one.
  let lookups: Int
  let createdAt: Int64

  init(_ row: Row) throws {
    callSID = try row.text(0)
    verificationID = VerificationID(trusted: try row.text(1))
    isWaiting = try row.text(2) == "answered"
    lookups = try row.int(3)
    createdAt = try row.int64(4)
  }

  static let columns = "call_sid, verification_id, state, lookups, created_at"
}

extension Connection {
  func call(_ sid: String) throws -> AnsweredCall? {
    try first("SELECT \(AnsweredCall.columns) FROM calls WHERE call_sid = ?", sid, map: AnsweredCall.init)
  }

  func answeredCalls(of id: VerificationID) throws -> Int {
    try first("SELECT count(*) FROM calls WHERE verification_id = ?", id.text) { try $0.int(0) } ?? 0
  }

  func insertCall(_ sid: String, of id: VerificationID, dueAt: Int64, now: Int64) throws {
    try execute(
      "INSERT INTO calls (call_sid, verification_id, state, due_at, created_at) VALUES (?, ?, 'answered', ?, ?)", sid,
      id.text, dueAt, now)
  }

  /// The recording of a call, to be fetched at once; one that is known stays as it is.
  func insertRecording(_ sid: String, of call: AnsweredCall, now: Int64) throws {
    try execute(
      """
      INSERT INTO recordings
        (id, verification_id, call_sid, recording_sid, state, due_at, expires_at, created_at, updated_at)
      VALUES (?1, ?2, ?3, ?4, 'announced', ?5, ?6, ?5, ?5)
      ON CONFLICT (recording_sid) DO NOTHING
      """, "rec_" + ULID.make(milliseconds: now), call.verificationID.text, call.callSID, sid, now,
      now + RecordingRow.keptMilliseconds)
    try execute("UPDATE calls SET state = 'recorded' WHERE call_sid = ?", call.callSID)
  }

  /// Calls whose recording should have been told of by now.
  func dueCalls(now: Int64, limit: Int) throws -> [AnsweredCall] {
    try all(
      """
      SELECT \(AnsweredCall.columns) FROM calls
      WHERE state = 'answered' AND due_at <= ?
      ORDER BY due_at
      LIMIT ?
      """, now, limit, map: AnsweredCall.init)
  }

  /// The carrier is asked about every open call now: what it told of them meanwhile did not arrive.
  func hurryCalls(now: Int64) throws {
    try execute("UPDATE calls SET due_at = ? WHERE state = 'answered' AND due_at > ?", now, now)
  }

  func nextCallDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM calls WHERE state = 'answered' AND due_at > ?", now) {
      try $0.optionalInt64(0)
    } ?? nil
  }
}
