import Contracts

/// Why a recording brought nothing, or needs a person, each with what to do next.
extension SenderReason {
  static let recordingNotFetched = SenderReason(
    code: "RECORDING_NOT_FETCHED", message: "The carrier announced a recording and did not hand it over.",
    nextStep: "Wait: Meta's call may still come, and Meta is asked again when it does not.")
  static let recordingNotAudio = SenderReason(
    code: "RECORDING_NOT_AUDIO", message: "What the carrier handed over is no recording of a call.",
    nextStep: "Wait: Meta's call may still come, and Meta is asked again when it does not.")
  static let recordingSilent = SenderReason(
    code: "RECORDING_SILENT", message: "Nobody spoke in the call that was recorded.",
    nextStep: "Wait: Meta's call may still come, and Meta is asked again when it does not.")
  static let callWithoutCode = SenderReason(
    code: "CALL_WITHOUT_CODE", message: "The call that was recorded was not Meta's.",
    nextStep: "Wait: Meta's call may still come, and Meta is asked again when it does not.")
  static let callTooLate = SenderReason(
    code: "RECORDING_TOO_LATE", message: "The verification went on before the recording of this call was heard.",
    nextStep: "Wait: another call of Meta may still come, and Meta is asked again when it does not.")
  static let recordingDiscarded = SenderReason(
    code: "RECORDING_DISCARDED", message: "Somebody dropped the recording: the call was not Meta's.",
    nextStep: "Wait: Meta's call may still come, and Meta is asked again when it does not.")
  static let noRecordingLeft = SenderReason(
    code: "NO_RECORDING_LEFT", message: "Every recording was dropped; there is nothing left to listen to.",
    nextStep: "Have Meta call again at POST /v1/verifications/{id}/calls, or cancel the verification.")

  /// The machine does not hand in what it heard; `why` tells the reason in a sentence.
  static func needsListener(_ doubt: HearingDoubt) -> SenderReason {
    SenderReason(
      code: "NEEDS_A_LISTENER", message: "The machine does not hand in a code (\(doubt.rawValue)): \(doubt.message)",
      nextStep: "Listen at GET /v1/verifications/{id}/recordings and hand in the code, or have Meta call again.")
  }
}
