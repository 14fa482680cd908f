import Contracts
import JSON
import Store
import Wire

/// Which template a send means, and whether it may be sent with these parameters.
enum TemplateCheck {
  /// The template that `content` names, for this sender, with what it will read like. Throws `TEMPLATE_NOT_FOUND`,
  /// `TEMPLATE_NOT_SYNCED`, `TEMPLATE_NOT_APPROVED`, `TEMPLATE_MISMATCH`, `MESSAGING_LIMIT_UNAVAILABLE`,
  /// `VOICE_CALL_LIMIT_NOT_MET`.
  static func resolve(
    _ content: TemplateMessage, sender: SenderRow, _ connection: Connection
  ) throws -> (id: TemplateID, category: String, text: String) {
    guard let waba = try sender.waba(connection) else { throw TemplateFailures.noAccount }
    guard
      let row = try TemplateRow.find(
        name: content.name, language: content.language.code, account: sender.account.text, waba: waba, connection)
    else {
      throw try TemplateSyncRow.isSynced(account: sender.account.text, waba: waba, connection)
        ? TemplateFailures.unknownName(content.name, content.language.code) : TemplateFailures.notSynced
    }
    return try resolve(content, row.template, sender: sender, connection)
  }

  /// The same for a template that was found already.
  static func resolve(
    _ content: TemplateMessage, _ template: Template, sender: SenderRow, _ connection: Connection
  ) throws -> (id: TemplateID, category: String, text: String) {
    try sendable(template, sender: sender, connection)
    let problems = TemplateParameters.check(content, against: template)
    guard problems.isEmpty else { throw problems.failure(.failedPrecondition, "TEMPLATE_MISMATCH", of: template.id) }
    return (
      template.id, template.category.rawValue,
      TemplateRendering(template).preview(TemplateRendering.values(of: content, in: template)).text
    )
  }

  /// Whether Meta would send it for this sender, whatever the parameters.
  static func sendable(_ template: Template, sender: SenderRow, _ connection: Connection) throws {
    guard try sender.waba(connection) == template.wabaID else { throw TemplateFailures.otherAccount(template) }
    if template.status == .draft || template.metaTemplateID == nil { throw TemplateFailures.notSynced }
    guard template.status == .approved else { throw TemplateFailures.notApproved(template) }
    if template.requestsCall { try mayAskForCalls(sender, connection) }
  }

  /// Meta's condition is a limit that it has told of: where none of the portfolio's numbers knows it, nobody guesses.
  private static func mayAskForCalls(_ sender: SenderRow, _ connection: Connection) throws {
    let (limit, isAssumed) = try PortfolioSlots.limit(of: sender.id.text, connection)
    if isAssumed {
      throw SendRefusal.messagingLimitUnavailable.failure(
        "the template asks for a call, which needs a messaging limit of \(VoiceCallRule.leastLimit), and the sender's "
          + "has not been read from Meta yet")
    }
    if limit.count < VoiceCallRule.leastLimit { throw TemplateFailures.voiceCallLimit(limit.count) }
  }
}

/// Meta's condition for asking customers for a call.
enum VoiceCallRule {
  /// Customers a day that the number may write to first: lower ones may not call (calling API prerequisites; the step
  /// was 1,000 before portfolios got 2,000).
  static let leastLimit = 1_000
}
