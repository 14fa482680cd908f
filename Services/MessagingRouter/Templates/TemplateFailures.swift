import Contracts
import JSON
import Wire

/// Why a template cannot be used, in the codes that stay.
enum TemplateFailures {
  static let notFound = CallFailure.notFound("TEMPLATE_NOT_FOUND", "no such template in this account")

  static func unknownName(_ name: String, _ language: String) -> CallFailure {
    CallFailure(
      .notFound, "TEMPLATE_NOT_FOUND",
      "no template \(name) in \(language) in the sender's WhatsApp Business Account: see GET …/templates",
      details: ["field": "template.name"])
  }

  static let notSynced = CallFailure.failedPrecondition(
    "TEMPLATE_NOT_SYNCED", "the template has not been read at Meta yet: sync the templates and try again")

  static let noAccount = CallFailure.failedPrecondition(
    "SENDER_NOT_CONNECTED", "the sender has no WhatsApp Business Account yet: connect it first")

  static func notApproved(_ template: Template) -> CallFailure {
    var details: JSONObject = [
      "status": .string(template.status.rawValue), "field": "template", "template_id": .string(template.id.text),
    ]
    details["rejected_reason"] = template.rejectedReason.map { .string($0) }
    let next =
      switch template.status {
      case .pending, .inAppeal: "wait for Meta's decision"
      case .rejected: "edit it, or make another"
      case .paused: "wait for the end of the pause, or use another"
      default: "use another"
      }
    return .failedPrecondition(
      "TEMPLATE_NOT_APPROVED", "the template \(template.name) is \(template.status.rawValue): \(next)",
      details: .object(details))
  }

  static func otherAccount(_ template: Template) -> CallFailure {
    .failedPrecondition(
      "TEMPLATE_MISMATCH", "the template \(template.name) belongs to another WhatsApp Business Account than the sender",
      details: ["field": "template_id"])
  }

  static func voiceCallLimit(_ limit: Int) -> CallFailure {
    .failedPrecondition(
      "VOICE_CALL_LIMIT_NOT_MET",
      "the sender may write to \(limit) customers a day; asking for calls needs \(VoiceCallRule.leastLimit) at least",
      details: ["messaging_limit": .integer(Int64(limit))])
  }

  static func offline(_ status: SenderStatus) -> CallFailure {
    .failedPrecondition("SENDER_OFFLINE", "the sender is \(status.rawValue): see its reasons for the next step")
  }

  static let senderNotFound = CallFailure.notFound("SENDER_NOT_FOUND", "no such sender in this account")
}
