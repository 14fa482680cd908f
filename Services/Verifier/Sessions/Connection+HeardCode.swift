import Contracts
import Crypto
import JSON
import Store

extension Connection {
  /// The code of a recording that the machine is sure of and has not handed in; nil when there is none, or when the same
  /// code was handed in before: Meta has said no to it, or nobody knows.
  func heardCode(of id: VerificationID, _ keyring: SealingKeyring) throws -> (RecordingID, String)? {
    let heard = try all(
      "SELECT id, hearing, submitted_at FROM recordings WHERE verification_id = ? AND hearing IS NOT NULL AND state = 'heard'",
      id.text
    ) { row in
      let recording = RecordingID(trusted: try row.text(0))
      let opened = try keyring.open(try row.text(1), binding: RecordingRow.hearingBinding(recording))
      return (recording, try JSONCoder.decode(HeardCode.self, from: opened.bytes).code, try row.optionalInt64(2) != nil)
    }
    let handedIn = Set(heard.filter(\.2).map(\.1))
    return heard.first { !$0.2 && !handedIn.contains($0.1) }.map { ($0.0, $0.1) }
  }
}

/// What a stored hearing says of the code.
private struct HeardCode: Decodable {
  var code: String
}
