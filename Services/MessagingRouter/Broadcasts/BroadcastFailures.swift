import Contracts
import JSON
import Wire

/// Why a call about broadcasts is refused, in the codes that stay.
enum BroadcastFailures {
  static let notFound = CallFailure.notFound("BROADCAST_NOT_FOUND", "no such broadcast in this account")

  static func notDraft(_ state: Broadcast.State) -> CallFailure {
    .failedPrecondition(
      "BROADCAST_NOT_DRAFT", "the broadcast is \(state.rawValue): only a draft can be changed; make another one")
  }

  static func over(_ state: Broadcast.State) -> CallFailure {
    .failedPrecondition("BROADCAST_OVER", "the broadcast is \(state.rawValue): make another one")
  }

  static let notStarted = CallFailure.failedPrecondition(
    "BROADCAST_NOT_STARTED", "the broadcast is a draft: start it first")

  static let empty = CallFailure.failedPrecondition(
    "BROADCAST_EMPTY", "the broadcast has no recipients: add some first")

  static let uploading = CallFailure(
    .failedPrecondition, "UPLOAD_IN_PROGRESS",
    "a file of recipients is being read for the broadcast: wait for its answer, then start it",
    retry: .afterMilliseconds(5_000))

  static func senderOffline(_ status: SenderStatus) -> CallFailure {
    SendRefusal.senderOffline.failure("the sender is \(status.rawValue): see its reasons for the next step")
  }

  static func templateChanged(_ old: [String], _ new: [String]) -> CallFailure {
    .failedPrecondition(
      "TEMPLATE_CHANGED",
      "the template's variables are \(words(new)) now and were \(words(old)): make another broadcast",
      details: ["field": "template_id"])
  }

  static func limited(_ code: String, _ message: String, nextStep: String?, sender: SenderID) -> CallFailure {
    .failedPrecondition(
      "BROADCASTS_LIMITED",
      "\(message) \(nextStep ?? "") End the pause with POST /v1/senders/\(sender)/sending/resume first.",
      details: ["code": .string(code)])
  }

  static func full(_ limit: Int) -> CallFailure {
    CallFailure(
      .resourceExhausted, "BROADCAST_FULL",
      "a broadcast has \(limit) recipients at most: what came before is in it, put the others into another one")
  }

  private static func words(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
