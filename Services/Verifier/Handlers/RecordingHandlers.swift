import Contracts
import Store
import Wire

/// What was recorded, for people who listen.
struct RecordingHandlers: Sendable {
  let database: Database

  func list(_ call: VerifierAPI.ListRecordings, _ context: CallContext) async throws -> Page<VerificationRecording> {
    let account = try context.requiredAccount
    return try await database.read { connection in
      let row = try connection.verification(asked: call.id, account: account)
      return Page(data: try connection.recordings(of: row.id).map(Self.view), nextCursor: nil)
    }
  }

  func discard(_ call: VerifierAPI.DiscardRecording, _ context: CallContext) async throws -> VerificationRecording {
    let account = try context.requiredAccount
    return try await database.write { connection in
      let row = try connection.verification(asked: call.id, account: account)
      guard let recording = try connection.recording(call.recordingID), recording.verificationID == row.id else {
        throw CallFailure.notFound("RECORDING_NOT_FOUND", "There is no recording \(call.recordingID).")
      }
      return Self.view(recording)
    }
  }

  private static func view(_ row: RecordingRow) -> VerificationRecording {
    let state: VerificationRecording.State =
      switch row.state {
      case .announced: .fetching
      case .stored, .heard, .unsure: .available
      case .dropped: .dropped
      case .deleted: .deleted
      }
    return VerificationRecording(
      id: row.id, verificationID: row.verificationID, state: state,
      seconds: row.milliseconds.map { Double($0) / 1_000 }, createdAt: Timestamp(milliseconds: row.createdAt))
  }
}
