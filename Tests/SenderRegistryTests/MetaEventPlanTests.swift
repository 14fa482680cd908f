import Contracts
import GraphAPI
import Testing

@testable import SenderRegistry

@Suite struct MetaEventPlanTests {
  private static let now: Int64 = 1_795_000_000_000

  private func plan(_ field: String, _ value: String) -> MetaEventPlan? {
    AccountWebhook(field: field, value: Array(value.utf8)).map {
      MetaEventPlan($0, wabaID: "1029", now: Self.now)
    }
  }

  @Test(arguments: [
    (
      #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE","waba_ban_date":"January 2, 2027"}}"#,
      Optional(SenderEvent.accountBanned(.accountBanned)), AccountEvent.Severity.critical
    ),
    (#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"REINSTATE"}}"#, nil, .info),
    (#"{"event":"DISABLED_UPDATE"}"#, nil, .warning),
    (
      #"{"event":"PARTNER_REMOVED","disconnection_info":{"reason":"CHANGE_NUMBER","initiated_by":"USER"}}"#,
      .accessLost(.disconnected("CHANGE_NUMBER by USER")), .critical
    ),
    (#"{"event":"ACCOUNT_OFFBOARDED"}"#, .accessLost(.disconnected(nil)), .critical),
    (#"{"event":"PARTNER_APP_UNINSTALLED"}"#, .accessLost(.appRemoved), .critical),
    (#"{"event":"ACCOUNT_DELETED"}"#, .accessLost(.accountDeleted), .critical),
    (#"{"event":"ACCOUNT_RECONNECTED"}"#, nil, .info),
    (#"{"event":"ACCOUNT_VIOLATION","violation_info":{"violation_type":"ADULT"}}"#, nil, .warning),
    (#"{"event":"PARTNER_ADDED"}"#, nil, .info),
    (#"{"event":"SOMETHING_NEW"}"#, nil, .info),
  ])
  func `events of an account change the state where no reading could, and always ask`(
    value: String, transition: SenderEvent?, severity: AccountEvent.Severity
  ) throws {
    let plan = try #require(self.plan("account_update", value))
    #expect(plan.transition == transition)
    #expect(plan.alert?.severity == severity)
    #expect(plan.asks && plan.scope == .account("1029"))
  }

  @Test func `the account in the value is believed over the entry, which may be the partner's`() {
    #expect(
      plan("account_update", #"{"event":"ACCOUNT_DELETED","waba_info":{"waba_id":"55"}}"#)?.scope == .account("55"))
  }

  @Test func `a scheduled ban is a notice until its day, and a past one is none`() {
    let coming = plan(
      "account_update",
      #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"SCHEDULE_FOR_DISABLE","waba_ban_date":"January 2, 2027"}}"#
    )
    #expect(coming?.notices.map(\.reason.code) == ["BAN_SCHEDULED"])
    #expect(coming?.notices.first?.until == 1_798_934_400_000)
    #expect(coming?.transition == nil && coming?.alert?.severity == .critical)
    let past = plan(
      "account_update",
      #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"SCHEDULE_FOR_DISABLE","waba_ban_date":"January 2, 2020"}}"#
    )
    #expect(past?.notices.isEmpty == true)
  }

  @Test func `restrictions are notices until they end`() {
    let plan = self.plan(
      "account_update",
      #"""
      {"event":"ACCOUNT_RESTRICTION","restriction_info":[
        {"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":1800000000,"remediation":"Appeal."},
        {"restriction_type":"RESTRICTED_ADD_PHONE_NUMBER_ACTION"},{"restriction_type":"OVER","expiration":"1000"}]}
      """#)
    #expect(
      plan?.notices.map(\.reason.code) == [
        "RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_ADD_PHONE_NUMBER_ACTION",
      ])
    #expect(plan?.notices.first?.until == 1_800_000_000_000 && plan?.notices.first?.reason.nextStep == "Appeal.")
    #expect(plan?.notices.last?.until == Self.now + MetaEventPlan.noticeMilliseconds)
  }

  @Test func `the other fields name whom they concern`() {
    #expect(plan("business_capability_update", #"{"max_daily_conversations_per_business":2000}"#)?.limit == "TIER_2K")
    #expect(
      plan("business_capability_update", #"{"max_daily_conversations_per_business":"TIER_10K"}"#)?.limit == "TIER_10K")
    let quality = plan(
      "phone_number_quality_update",
      #"{"display_phone_number":"1 (415) 555-0123","event":"FLAGGED","current_limit":"TIER_1K"}"#)
    #expect(quality?.scope == .number("14155550123") && quality?.limit == "TIER_1K")
    #expect(quality?.alert?.severity == .warning)
    let name = plan(
      "phone_number_name_update",
      #"{"display_phone_number":"14155550123","decision":"REJECTED","requested_verified_name":"X","rejection_reason":"NAME_FORMAT_UNACCEPTABLE"}"#
    )
    #expect(name?.name?.rejectionReason == "NAME_FORMAT_UNACCEPTABLE" && name?.scope == .number("14155550123"))
    let pin = plan("security", #"{"display_phone_number":"14155550123","event":"PIN_CHANGED"}"#)
    #expect(pin?.alert?.kind == "sender.security" && pin?.asks == false)
    let alert = plan(
      "account_alerts",
      #"{"entity_type":"PHONE_NUMBER","entity_id":1065,"alert_info":{"alert_severity":"CRITICAL","alert_status":"ACTIVE","alert_type":"OBA_REJECTED"}}"#
    )
    #expect(alert?.scope == .numberID("1065") && alert?.alert?.severity == .critical)
    #expect(plan("account_review_update", #"{"decision":"REJECTED"}"#)?.alert?.severity == .warning)
  }

  @Test(arguments: [
    "{}", "[]", "null", "", "{\"event\":{}}", "{\"event\":null,\"decision\":[]}", "not json",
    "{\"display_phone_number\":\"12\",\"event\":\"X\",\"decision\":1}",
  ])
  func `a value that is not as documented is no plan, and no crash`(value: String) {
    for field in AccountWebhook.fields.subtracting(["account_alerts", "account_review_update"]) {
      #expect(plan(field, value) == nil || field == "account_update" && value.contains("\"event\":\"X\""))
    }
  }

  @Test func `days are counted right`() {
    #expect(BanDate.end(of: "January 1, 1970") == nil)
    #expect(BanDate.end(of: "February 29, 2024") == 1_709_251_200_000)
    #expect(BanDate.end(of: "December 31, 2026") == 1_798_761_600_000)
    #expect(BanDate.end(of: "soon") == nil && BanDate.end(of: "Maybe 1, 2026") == nil)
  }
}
