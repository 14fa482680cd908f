import Contracts
import Crypto
import Store

extension Connection {
  /// The code that the machine is sure of and has not handed in: of the newest such recording of a verification.
  func heardCode(
    of verification: VerificationID, _ keyring: SealingKeyring
  ) throws -> (recording: RecordingID, code: String)? {
    guard
      let row = try recordings(of: verification).last(where: { $0.state == .heard && $0.submittedAt == nil }),
      let sealed = try hearing(of: row.id)
    else { return nil }
    return try HearingRecord(opening: sealed, of: row.id, keyring).code.map { (row.id, $0) }
  }

  /// Notes, before Meta is asked, that a recording's code is handed in; false when it was already.
  func markSubmitted(_ recording: RecordingID, now: Int64) throws -> Bool {
    try execute("UPDATE recordings SET submitted_at = ? WHERE id = ? AND submitted_at IS NULL", now, recording.text)
    return changes == 1
  }
}
