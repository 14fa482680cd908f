import Contracts
import Crypto
import Store
import Telemetry
import Workers

/// What a recording means for its verification. All within the transaction of the recording's own step.
struct RecordingSteps: Sendable {
  let journal: VerificationJournal
  let measures: RecordingMeasures

  /// The sound is here.
  func stored(_ row: RecordingRow, _ connection: Connection) throws {
    if try connection.isOfNewestCall(row) { _ = try journal.apply(.recorded, to: row.verificationID, connection) }
    connection.afterCommit { journal.notifier.announce() }
  }

  /// The machine is sure; false when the verification has gone on without it.
  func heard(_ row: RecordingRow, _ connection: Connection) throws -> Bool {
    guard try connection.isOfNewestCall(row) else { return false }
    try catchUp(row, connection)
    guard try journal.apply(.heard, to: row.verificationID, connection) != nil else { return false }
    count(.heard, connection)
    return true
  }

  /// Whether another recording since Meta was last asked for a call holds another code, if only as a guess. What does
  /// not open any more holds none.
  func hasRival(
    _ row: RecordingRow, _ code: String, _ keyring: SealingKeyring, _ connection: Connection
  ) throws -> Bool {
    for other in try connection.recordings(of: row.verificationID) where other.id != row.id && other.state.isKept {
      guard try connection.isOfNewestCall(other), let sealed = try connection.hearing(of: other.id) else { continue }
      do {
        let record = try HearingRecord(opening: sealed, of: other.id, keyring)
        if let digits = record.code ?? record.guess, digits != code { return true }
      } catch {
        journal.log.error("recording.unreadable", ["recording": .string(other.id.text), "error": .failure(error)])
      }
    }
    return false
  }

  /// A person must listen. `holdsBack`: also where the code of another recording waits to be handed in.
  func unsure(_ row: RecordingRow, _ doubt: HearingDoubt, holdsBack: Bool = false, _ connection: Connection) throws {
    guard try connection.isOfNewestCall(row) else { return try late(row, connection) }
    try catchUp(row, connection)
    let reason = SenderReason.needsListener(doubt)
    // The code of another recording may be on its way already; one that waits to be handed in is held back by a rival.
    let state = try connection.verification(row.verificationID)?.state
    guard state == .recorded || (state == .heard && holdsBack),
      try journal.apply(.unsure, to: row.verificationID, reason: reason, connection) != nil
    else { return try late(row, connection) }
    count(.needsListener, connection)
  }

  /// It brought nothing and its sound is gone. Others of the verification that may yet bring something are waited for.
  func nothing(
    _ row: RecordingRow, _ outcome: RecordingOutcome, _ reason: SenderReason, _ connection: Connection
  ) throws {
    if outcome.isDisruptedCall {
      try connection.execute(
        "UPDATE verifications SET disrupted_calls = disrupted_calls + 1 WHERE id = ?", row.verificationID.text)
    }
    count(outcome, connection)
    connection.afterCommit { journal.notifier.announce() }
    try moveOn(row, reason, connection)
  }

  /// What was heard changes nothing: the verification has gone on without it.
  func late(_ row: RecordingRow, _ connection: Connection) throws {
    count(.late, connection)
    try moveOn(row, .callTooLate, connection)
  }

  /// Nobody waits for a recording that will not come.
  private func moveOn(_ row: RecordingRow, _ reason: SenderReason, _ connection: Connection) throws {
    guard try !connection.hasOpenCall(row.verificationID), try !connection.hasRecordingInWork(row.verificationID)
    else { return }
    _ = try journal.apply(.nothingHeard, to: row.verificationID, reason: reason, connection)
  }

  /// Another recording that brought nothing may have moved the verification on meanwhile.
  private func catchUp(_ row: RecordingRow, _ connection: Connection) throws {
    _ = try journal.apply(.recorded, to: row.verificationID, connection)
  }

  private func count(_ outcome: RecordingOutcome, _ connection: Connection) {
    connection.afterCommit { [measures] in measures.count(outcome) }
  }
}

extension Connection {
  /// Whether Meta was not asked for another call since: an older call's code may no longer be the right one.
  fileprivate func isOfNewestCall(_ row: RecordingRow) throws -> Bool {
    try first(
      """
      SELECT 1 FROM verification_events
      WHERE verification_id = ?1 AND event IN ('\(VerificationEvent.nextCall.rawValue)',
        '\(VerificationEvent.callAgain.rawValue)')
        AND at > coalesce((SELECT created_at FROM calls WHERE call_sid = ?2), ?3)
      LIMIT 1
      """, row.verificationID.text, row.callSID, row.createdAt
    ) { _ in true } == nil
  }
}
