import Contracts
import JSON
import Wire

/// Why a template cannot be used, in the codes that stay; what to do is said by `SendRefusal`.
enum TemplateFailures {
  static let notFound = SendRefusal.templateNotFound.failure("no such template in this account")

  static func unknownName(_ name: String, _ language: String) -> CallFailure {
    SendRefusal.templateNotFound.failure(
      "no template \(name) in \(language) in the sender's WhatsApp Business Account: see GET …/templates",
      field: "template.name")
  }

  static let notSynced = SendRefusal.templateNotSynced.failure(
    "the template has not been read at Meta yet: sync the templates and try again")

  static let noAccount = SendRefusal.senderNotConnected.failure(
    "the sender has no WhatsApp Business Account yet: connect it first")

  static func notApproved(_ template: Template) -> CallFailure {
    var details: JSONObject = [
      "status": .string(template.status.rawValue), "template_id": .string(template.id.text),
    ]
    details["rejected_reason"] = template.rejectedReason.map { .string($0) }
    let next =
      switch template.status {
      case .pending, .inAppeal: "wait for Meta's decision"
      case .rejected: "edit it, or make another"
      case .paused: "wait for the end of the pause, or use another"
      default: "use another"
      }
    return SendRefusal.templateNotApproved.failure(
      "the template \(template.name) is \(template.status.rawValue): \(next)", field: "template", more: details)
  }

  static func otherAccount(_ template: Template) -> CallFailure {
    SendRefusal.templateMismatch.failure(
      "the template \(template.name) belongs to another WhatsApp Business Account than the sender",
      field: "template_id")
  }

  static func voiceCallLimit(_ limit: Int) -> CallFailure {
    SendRefusal.voiceCallLimitNotMet.failure(
      "the sender may write to \(limit) customers a day; asking for calls needs \(VoiceCallRule.leastLimit) at least",
      more: ["messaging_limit": .integer(Int64(limit))])
  }

  static let senderNotFound = SendRefusal.senderNotFound.failure("no such sender in this account")
}
