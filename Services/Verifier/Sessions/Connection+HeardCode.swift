import Contracts
import Crypto
import JSON
import Store

extension Connection {
  /// The code of a recording that the machine is sure of and has not handed in; nil when there is none, or when the same
  /// code was handed in before: Meta has said no to it, or nobody knows.
  func heardCode(of id: VerificationID, _ keyring: SealingKeyring) throws -> (RecordingID, String)? {
    let heard = try all(
      """
      SELECT id, hearing, submitted_at FROM recordings
      WHERE verification_id = ? AND hearing IS NOT NULL AND state = 'heard'
      ORDER BY created_at DESC, rowid DESC
      """, id.text
    ) { row in
      let recording = RecordingID(trusted: try row.text(0))
      let opened = try keyring.open(try row.text(1), binding: RecordingRow.hearingBinding(recording))
      return (recording, try JSONCoder.decode(HeardCode.self, from: opened.bytes).code, try row.optionalInt64(2) != nil)
    }
    let handedIn = Set(heard.filter(\.2).map(\.1))
    return heard.first { !$0.2 && !handedIn.contains($0.1) }.map { ($0.0, $0.1) }
  }

  /// Meta is asked for another call: what an older one said is a guess from here on, for a person.
  func mistrustEarlierCalls(_ id: VerificationID, now: Int64) throws {
    try execute(
      """
      UPDATE recordings SET state = 'unsure', updated_at = ?
      WHERE verification_id = ? AND state = 'heard' AND submitted_at IS NULL
      """, now, id.text)
  }

  /// When the machine last became sure of a code.
  func heardAt(_ id: VerificationID) throws -> Int64? {
    try first(
      "SELECT max(at) FROM verification_events WHERE verification_id = ? AND event = ?", id.text,
      VerificationEvent.heard.rawValue
    ) { try $0.optionalInt64(0) } ?? nil
  }

  /// Whether the code that is at Meta, or was last, is one that the machine handed in.
  func isOfMachine(_ id: VerificationID) throws -> Bool {
    try first(
      """
      SELECT 1 FROM recordings
      WHERE verification_id = ?1 AND submitted_at =
        (SELECT max(at) FROM verification_events WHERE verification_id = ?1 AND event = ?2)
      LIMIT 1
      """, id.text, VerificationEvent.submitted.rawValue
    ) { _ in true } != nil
  }

  /// The code that was on its way never left: the recording it is from may hand it in once more.
  func takeCodeBack(_ id: VerificationID) throws {
    try execute(
      """
      UPDATE recordings SET submitted_at = NULL
      WHERE id = (SELECT id FROM recordings WHERE verification_id = ? AND submitted_at IS NOT NULL
        ORDER BY submitted_at DESC, rowid DESC LIMIT 1)
      """, id.text)
  }
}

/// What a stored hearing says of the code.
private struct HeardCode: Decodable {
  var code: String
}
