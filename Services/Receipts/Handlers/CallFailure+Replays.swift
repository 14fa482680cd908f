import Contracts
import JSON
import Wire

/// Why something is not delivered once more.
extension CallFailure {
  static var webhookPaused: CallFailure {
    .failedPrecondition(
      "WEBHOOK_PAUSED", "The webhook is paused: resume it first, which also delivers what it has missed.")
  }

  static var eventErased: CallFailure {
    .failedPrecondition(
      "EVENT_ERASED", "The person this event is about was erased: there is nothing left to deliver.")
  }

  static var skipNotStoppable: CallFailure {
    .failedPrecondition(
      "SKIP_NOT_STOPPABLE",
      "What a resumption skips is called off to its end. A replay with `outcome` `any` delivers it after all.")
  }

  static func replayRunning(_ id: ReplayID) -> CallFailure {
    .failedPrecondition(
      "REPLAY_RUNNING",
      "A replay of this webhook is running: wait for its end, or stop it with POST /v1/replays/\(id)/cancel.",
      details: ["replay_id": .string(id.text)])
  }
}
