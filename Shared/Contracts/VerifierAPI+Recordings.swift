package import Wire

extension VerifierAPI {
  /// What was recorded, for people who listen.
  package static let recordingCalls: [any Call.Type] = [ListRecordings.self, DiscardRecording.self]

  /// The recordings of a verification, with links to listen.
  package struct ListRecordings: Call {
    package static let method = "verifier.recording.list"
    package static let summary = "The recordings of a verification, with links to listen and the machine's guess."
    package static let details =
      "Oldest first, at most eight. Each available one has a link that plays it for ten minutes without an API key; "
      + "whoever has the link can listen. The guess is the machine's, and marked so: type what you hear."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/verifications/{id}/recordings", role: .operator)
    package typealias Reply = Page<VerificationRecording>
    package var id: VerificationID

    package init(id: VerificationID) { self.id = id }
  }

  /// Drops a recording that was somebody else's call.
  package struct DiscardRecording: Call {
    package static let method = "verifier.recording.discard"
    package static let summary = "Drop a recording that was not Meta's call."
    package static let details =
      "For a call of somebody else: its sound is deleted at once, here and at the carrier, and it is counted as a "
      + "disrupted call."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(
      .delete, "/v1/verifications/{id}/recordings/{recording_id}", role: .operator)
    package typealias Reply = VerificationRecording
    package var id: VerificationID
    package var recordingID: RecordingID

    package init(id: VerificationID, recordingID: RecordingID) {
      self.id = id
      self.recordingID = recordingID
    }
  }
}
