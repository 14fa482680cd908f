import JSON

/// What `account_update` says (facts: webhooks, other fields).
package struct AccountUpdate: Sendable, Equatable {
  /// One of the things the account may not do for now.
  package struct Restriction: Sendable, Equatable {
    /// `RESTRICTED_BIZ_INITIATED_MESSAGING`, … ; new ones pass through.
    package var type: String
    /// Seconds since 1970; nil when Meta names no end.
    package var expiration: Int64?
    package var remediation: String?
  }

  /// `DISABLED_UPDATE`, `ACCOUNT_RESTRICTION`, `PARTNER_REMOVED` …; new ones pass through.
  package var event: String
  /// The account it is about: the entry's id may be the partner's business instead.
  package var wabaID: String?
  /// `DISABLE`, `REINSTATE`, `SCHEDULE_FOR_DISABLE`.
  package var banState: String?
  /// As Meta writes it: `January 2, 2026`.
  package var banDate: String?
  package var violationType: String?
  package var remediation: String?
  package var disconnectionReason: String?
  package var initiatedBy: String?
  package var restrictions: [Restriction]

  init(event: String, _ value: JSONNode) {
    self.event = event
    wabaID = AccountWebhook.text(value["waba_info"]?["waba_id"])
    banState = AccountWebhook.text(value["ban_info"]?["waba_ban_state"])
    banDate = AccountWebhook.text(value["ban_info"]?["waba_ban_date"])
    violationType = AccountWebhook.text(value["violation_info"]?["violation_type"])
    remediation = AccountWebhook.text(value["violation_info"]?["remediation"])
    disconnectionReason = AccountWebhook.text(value["disconnection_info"]?["reason"])
    initiatedBy = AccountWebhook.text(value["disconnection_info"]?["initiated_by"])
    var restrictions: [Restriction] = []
    if let list = value["restriction_info"], list.kind == .array {
      list.forEachElement { item in
        guard restrictions.count < 16, let type = AccountWebhook.text(item["restriction_type"]) else { return }
        let end = item["expiration"]?.int64 ?? item["expiration"]?.string.flatMap { Int64($0) }
        restrictions.append(
          Restriction(type: type, expiration: end, remediation: AccountWebhook.text(item["remediation"])))
      }
    }
    self.restrictions = restrictions
  }
}
