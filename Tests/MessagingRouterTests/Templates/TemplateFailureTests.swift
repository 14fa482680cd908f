import Contracts
import JSON
import Testing
import Wire

@testable import MessagingRouter

/// Whoever is refused because of a template is told what to do, as the table in the README promises.
@Suite struct TemplateFailureTests {
  private static func template(_ status: TemplateStatus) -> Template {
    var row = TemplateRow(
      account: "acc_1", waba: "waba-1", name: "sale", language: "en_US", metaCategory: "MARKETING", status: status,
      metaStatus: status.rawValue.uppercased(), format: .positional, components: [["type": "BODY", "text": "Hi"]],
      at: 1)
    row.template.rejectedReason = "SCAM"
    return row.template
  }

  static var refusals: [CallFailure] {
    let problem = TemplateProblem("variables.1", "VARIABLE_REQUIRED", "variables.1: needs a value")
    return [
      TemplateFailures.notFound, TemplateFailures.unknownName("sale", "de"), TemplateFailures.notSynced,
      TemplateFailures.noAccount, TemplateFailures.notApproved(template(.rejected)),
      TemplateFailures.notApproved(template(.paused)), TemplateFailures.otherAccount(template(.approved)),
      TemplateFailures.voiceCallLimit(250), TemplateFailures.senderNotFound,
      [problem].failure(.failedPrecondition, "TEMPLATE_MISMATCH", of: template(.approved).id),
      BroadcastFailures.senderOffline(.offline),
    ]
  }

  @Test(arguments: refusals) func `a refusal has the kind, the next step and the retry of the table`(
    _ failure: CallFailure
  ) throws {
    let rule = try #require(SendRefusal(rawValue: failure.reason)?.rule)
    #expect(failure.details?["next_step"]?.string == rule.nextStep)
    #expect(failure.retry == (rule.isRetriable ? .same : .never))
    #expect(failure.code == SendRefusal(rawValue: failure.reason)?.failure("").code)
  }

  @Test func `what belongs to a refusal stands beside the next step`() {
    let refused = TemplateFailures.notApproved(Self.template(.rejected))
    #expect(refused.details?["status"] == "rejected" && refused.details?["rejected_reason"] == "SCAM")
    #expect(refused.details?["field"] == "template" && refused.details?["template_id"]?.string != nil)
    #expect(TemplateFailures.voiceCallLimit(250).details?["messaging_limit"] == 250)
    let invalid = [TemplateProblem("name", "NAME_INVALID", "name: wrong")].failure(
      .invalidArgument, "TEMPLATE_INVALID")
    #expect(invalid.details?["next_step"]?.string?.isEmpty == false && invalid.retry == .never)
  }
}
