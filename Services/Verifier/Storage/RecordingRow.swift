import Contracts
import Store
import Workers

/// A row of `recordings`, without its sealed columns.
struct RecordingRow: Sendable {
  enum State: String, Sendable {
    case announced
    case stored
    case heard
    case unsure
    case dropped
    case deleted
  }

  let id: RecordingID
  let verificationID: VerificationID
  let callSID: String
  let recordingSID: String
  var state: State
  /// Length of the sound.
  var milliseconds: Int64?
  /// When the machine handed its code in.
  var submittedAt: Int64?
  var dueAt: Int64?
  var tries: Int
  let createdAt: Int64

  static let columns =
    "id, verification_id, call_sid, recording_sid, state, milliseconds, submitted_at, due_at, tries, created_at"

  /// Sound, and what was heard in it.
  static let sealed = [SealedColumn("recordings", "audio"), SealedColumn("recordings", "hearing")]
  static func audioBinding(_ id: RecordingID) -> String { "recordings.audio:\(id.text)" }
  static func hearingBinding(_ id: RecordingID) -> String { "recordings.hearing:\(id.text)" }

  init(_ row: Row) throws {
    id = RecordingID(trusted: try row.text(0))
    verificationID = VerificationID(trusted: try row.text(1))
    callSID = try row.text(2)
    recordingSID = try row.text(3)
    state = State(rawValue: try row.text(4)) ?? .dropped
    milliseconds = try row.optionalInt64(5)
    submittedAt = try row.optionalInt64(6)
    dueAt = try row.optionalInt64(7)
    tries = try row.int(8)
    createdAt = try row.int64(9)
  }
}

extension Connection {
  /// The recordings of a verification, oldest first.
  func recordings(of id: VerificationID) throws -> [RecordingRow] {
    try all(
      "SELECT \(RecordingRow.columns) FROM recordings WHERE verification_id = ? ORDER BY created_at, id", id.text,
      map: RecordingRow.init)
  }

  func recording(_ id: RecordingID) throws -> RecordingRow? {
    try first("SELECT \(RecordingRow.columns) FROM recordings WHERE id = ?", id.text, map: RecordingRow.init)
  }
}
