import Contracts
import Crypto
import Store
import Telemetry
import Wire

/// What was recorded, for people who listen.
struct RecordingHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let links: ListeningLinks
  let steps: RecordingSteps

  private var clock: WallClock { steps.journal.clock }
  private var log: Log { steps.journal.log }

  func list(_ call: VerifierAPI.ListRecordings, _ context: CallContext) async throws -> Page<VerificationRecording> {
    let account = try context.requiredAccount
    let rows = try await database.read { connection in
      let row = try connection.verification(asked: call.id, account: account)
      return try connection.recordings(of: row.id).map { ($0, try connection.hearing(of: $0.id)) }
    }
    return Page(data: rows.map { view($0, hearing: $1) }, nextCursor: nil)
  }

  /// Drops a call of somebody else. A repeat finds it dropped and counts nothing.
  func discard(_ call: VerifierAPI.DiscardRecording, _ context: CallContext) async throws -> VerificationRecording {
    let account = try context.requiredAccount
    let now = clock.now
    let row = try await database.write { connection in
      let verification = try connection.verification(asked: call.id, account: account)
      guard let recording = try connection.recording(call.recordingID), recording.verificationID == verification.id
      else { throw CallFailure.notFound("RECORDING_NOT_FOUND", "There is no recording \(call.recordingID).") }
      guard recording.state.isKept else { return recording }
      let isHandedIn = verification.state == .heard && recording.state == .heard
      if isHandedIn || verification.state == .submitted { throw CallFailure.codeInCheck }
      guard try connection.dropRecording(recording, now: now) else { throw CallFailure.internal() }
      try steps.nothing(recording, .discarded, .recordingDiscarded, connection)
      try tellWhenNoneIsLeft(verification, connection)
      return try connection.recording(recording.id) ?? recording
    }
    return view(row, hearing: nil)
  }

  /// Whoever waits for a listener must know that there is nothing to listen to.
  private func tellWhenNoneIsLeft(_ verification: VerificationRow, _ connection: Connection) throws {
    guard var row = try connection.verification(verification.id), row.state == .needsListener,
      try !connection.recordings(of: row.id).contains(where: \.state.isKept)
    else { return }
    row.reason = .noRecordingLeft
    row.updatedAt = clock.now
    try connection.update(row)
  }

  private func view(_ row: RecordingRow, hearing: String?) -> VerificationRecording {
    let state: VerificationRecording.State =
      switch row.state {
      case .announced: .fetching
      case .stored, .heard, .unsure: .available
      case .dropped: .dropped
      case .deleted: .deleted
      }
    let link = state == .available ? links.link(to: row.id, now: clock.now) : nil
    return VerificationRecording(
      id: row.id, verificationID: row.verificationID, state: state,
      seconds: row.milliseconds.map { Double($0) / 1_000 }, url: link?.url,
      urlExpiresAt: link.map { Timestamp(milliseconds: $0.expiresAt) }, guess: hearing.flatMap { guess($0, row) },
      createdAt: Timestamp(milliseconds: row.createdAt))
  }

  /// Nil when it does not open: the sound is there, and that is what counts.
  private func guess(_ sealed: String, _ row: RecordingRow) -> HearingGuess? {
    do {
      return try HearingRecord(opening: sealed, of: row.id, keyring).view(handedIn: row.submittedAt != nil)
    } catch {
      log.error("recording.hearing_unreadable", ["recording": .string(row.id.text), "error": .failure(error)])
      return nil
    }
  }
}
