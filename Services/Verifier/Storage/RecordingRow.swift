import Contracts
import Store
import Workers

/// A row of `recordings`, without its sealed column.
struct RecordingRow: Sendable {
  enum State: String, Sendable {
    /// At the carrier.
    case announced
    /// Here; engines listen.
    case stored
    /// The machine is sure of its code, which the verification took.
    case heard
    /// A person must listen, or nobody needs to any more.
    case unsure
    /// Nothing in it, or nothing of it; no sound is left.
    case dropped
    /// Its time is over, or its purpose; no sound is left.
    case deleted

    /// Whether there is, or may yet be, something to listen to.
    var isKept: Bool { self != .dropped && self != .deleted }
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

  /// How long sound and hearing are kept when the verification does not succeed.
  static let keptMilliseconds: Int64 = 86_400_000

  static let columns =
    "id, verification_id, call_sid, recording_sid, state, milliseconds, submitted_at, due_at, tries, created_at"

  /// Sound, and what was heard in it. Sound is sealed anew a few at a time: each has megabytes.
  static let sealed = [
    SealedColumn("recording_sounds", "audio", key: "recording_id", binding: "recordings.audio", rowsAtOnce: 4),
    SealedColumn("recordings", "hearing"), SealedColumn("listening_keys", "secret"),
  ]
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
  /// The recordings of a verification, oldest first; the newest eight.
  func recordings(of id: VerificationID) throws -> [RecordingRow] {
    try all(
      """
      SELECT \(RecordingRow.columns) FROM recordings
      WHERE verification_id = ?
      ORDER BY created_at DESC, id DESC
      LIMIT 8
      """, id.text, map: RecordingRow.init
    ).reversed()
  }

  func recording(_ id: RecordingID) throws -> RecordingRow? {
    try first("SELECT \(RecordingRow.columns) FROM recordings WHERE id = ?", id.text, map: RecordingRow.init)
  }

  /// Whether there is something to listen to.
  func hasSound(_ id: VerificationID) throws -> Bool {
    try first(
      """
      SELECT 1 FROM recordings r JOIN recording_sounds s ON s.recording_id = r.id
      WHERE r.verification_id = ?
      LIMIT 1
      """, id.text
    ) { _ in true } != nil
  }
}
