import Contracts
import GraphAPI

/// What follows from an event that Meta tells. Pure.
///
/// Events may come late, twice and in any order, so most of them only say "look": the reading decides. What no reading
/// can tell becomes a notice beside the sender and an event for the account.
struct MetaEventPlan: Equatable {
  /// Whom it concerns.
  enum Scope: Equatable {
    /// Every sender of a WhatsApp Business Account.
    case account(String)
    /// The sender with these digits.
    case number(String)
    /// The sender with this number id of Meta's.
    case numberID(String)
  }

  /// Something to be shown beside the sender until a moment.
  struct Notice: Equatable {
    var reason: SenderReason
    var until: Int64
  }

  var scope: Scope
  /// Meta is to be asked at once.
  var asks = true
  var transition: SenderEvent?
  var notices: [Notice] = []
  /// Codes of notices that are over.
  var clears: [String] = []
  var alert: Alert?
  /// The portfolio's limit, by its tier's name.
  var limit: String?
  var name: NumberNameUpdate?

  /// How long a notice without an end is shown: Meta repeats what still holds.
  static let noticeMilliseconds: Int64 = 30 * 86_400_000
  private static let banScheduledCode = "BAN_SCHEDULED"

  private init(_ scope: Scope) { self.scope = scope }

  init(_ webhook: AccountWebhook, wabaID: String, now: Int64) {
    self.init(.account(wabaID))
    switch webhook {
    case .account(let update):
      if let id = update.wabaID { scope = .account(id) }
      apply(update, now: now)
    case .review(let decision):
      alert = Alert(
        kind: "account.review", severity: decision == "REJECTED" ? .warning : .info,
        message: "Meta's review of the WhatsApp Business Account: \(decision).", after: decision)
    case .alert(let told):
      if told.entityType == "PHONE_NUMBER", let id = told.entityID { scope = .numberID(id) }
      alert = Alert(
        kind: "account.alert", severity: Self.severity(told),
        message: "Meta: \(told.type ?? "alert")" + (told.words.map { ": \($0)" } ?? ""), after: told.status)
    case .capability(let text):
      // A limit that is not understood is read instead.
      limit = MessagingTiers.name(webhook: text)
    case .quality(let number, let event, let text):
      scope = .number(number)
      limit = text.flatMap { MessagingTiers.name(webhook: $0) }
      let isBad = ["FLAGGED", "DOWNGRADE"].contains(event)
      alert = Alert(
        kind: "sender.quality_event", severity: isBad ? .warning : .info,
        message: "Meta tells of the number's quality: \(event).", after: event)
    case .name(let decision):
      scope = .number(decision.number)
      name = decision
    case .security(let number, let event, let requester):
      scope = .number(number)
      asks = false
      alert = Alert(
        kind: "sender.security", severity: .warning, message: Self.securityWords(event, requester), after: event)
    }
  }

  /// What the router found out by itself. It is of one account's portfolio: others may have numbers in the same WABA.
  init(_ usage: RouterNews.PortfolioUsage) {
    self.init(.numberID(usage.phoneNumberID))
    asks = false
    let tier =
      MessagingTiers.all.first { $0.recipientsPer24h == usage.limit }
      ?? MessagingTier(tier: "TIER_\(usage.limit)", recipientsPer24h: usage.limit)
    alert = MessagingTiers.usageAlert(used: usage.used, of: tier, alerted: usage.told)?.alert
  }

  /// The number's state at Meta is read at once: it may say more, or be over already.
  init(_ stop: RouterNews.SendingStopped) {
    self.init(.numberID(stop.phoneNumberID))
    let what = stop.onlyBroadcasts ? "Broadcasts of the number wait" : "What the number sends waits"
    alert = Alert(
      kind: "sender.sending_stopped", severity: stop.onlyBroadcasts ? .warning : .critical,
      message: "\(what): \(stop.message)\(stop.nextStep.map { " " + $0 } ?? "")", after: stop.code)
  }

  private mutating func apply(_ update: AccountUpdate, now: Int64) {
    func tell(_ kind: String, _ severity: AccountEvent.Severity, _ message: String) -> Alert {
      Alert(kind: kind, severity: severity, message: message, after: update.event)
    }
    switch update.event {
    case "DISABLED_UPDATE":
      ban(update, now: now)
    case "ACCOUNT_RESTRICTION":
      notices = update.restrictions.map { restriction in
        Notice(
          reason: Self.restricted(restriction),
          until: restriction.expiration.map { min(max($0, 0), 253_402_300_799) * 1_000 } ?? now
            + Self.noticeMilliseconds)
      }
      notices.removeAll { $0.until <= now }
      let types = update.restrictions.map(\.type).joined(separator: ", ")
      alert = tell("account.restricted", .warning, "Meta has restricted the account: \(types).")
    case "ACCOUNT_VIOLATION":
      let what = update.violationType.map { ": \($0)" } ?? ""
      alert = tell(
        "account.violation", .warning,
        "Meta sees a violation of its policies\(what).\(update.remediation.map { " " + $0 } ?? "")")
    case "PARTNER_REMOVED", "ACCOUNT_OFFBOARDED":
      let words = [update.disconnectionReason, update.initiatedBy.map { "by \($0)" }].compactMap { $0 }
      transition = .accessLost(.disconnected(words.isEmpty ? nil : words.joined(separator: " ")))
      alert = tell("account.disconnected", .critical, "The business was disconnected at Meta: \(update.event).")
    case "PARTNER_APP_UNINSTALLED":
      transition = .accessLost(.appRemoved)
      alert = tell("account.disconnected", .critical, "The business removed the platform's app from its account.")
    case "ACCOUNT_DELETED":
      transition = .accessLost(.accountDeleted)
      alert = tell("account.deleted", .critical, "The WhatsApp Business Account was deleted at Meta.")
    case "ACCOUNT_RECONNECTED":
      alert = tell("account.reconnected", .info, "The business is connected at Meta again.")
    default:
      // Told on and looked at: new events of Meta's are not lost.
      alert = tell("account.update", .info, "Meta tells of the account: \(update.event).")
    }
  }

  private mutating func ban(_ update: AccountUpdate, now: Int64) {
    func tell(_ severity: AccountEvent.Severity, _ message: String) -> Alert {
      Alert(kind: "account.ban", severity: severity, message: message, after: update.banState)
    }
    let day = update.banDate.map { " on \($0)" } ?? ""
    switch update.banState {
    case "DISABLE":
      transition = .accountBanned(.accountBanned)
      clears = [Self.banScheduledCode]
      alert = tell(.critical, "Meta has disabled the WhatsApp Business Account\(day).")
    case "SCHEDULE_FOR_DISABLE":
      let reason = SenderReason(
        code: Self.banScheduledCode, message: "Meta will disable the WhatsApp Business Account\(day).",
        nextStep: "Appeal in Meta's Business Support Home before that day.")
      let end = update.banDate.flatMap { BanDate.end(of: $0) } ?? now + Self.noticeMilliseconds
      if end > now { notices = [Notice(reason: reason, until: end)] }
      alert = tell(.critical, reason.message + " " + reason.nextStep)
    case "REINSTATE":
      clears = [Self.banScheduledCode]
      alert = tell(.info, "Meta has reinstated the WhatsApp Business Account.")
    default:
      alert = tell(.warning, "Meta tells of a ban: \(update.banState ?? "no state")\(day).")
    }
  }

  private static func restricted(_ restriction: AccountUpdate.Restriction) -> SenderReason {
    let what =
      switch restriction.type {
      case "RESTRICTED_BIZ_INITIATED_MESSAGING": "The account may not start conversations."
      case "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": "The account may not answer customers."
      case "RESTRICTED_ADD_PHONE_NUMBER_ACTION": "The account may not add numbers."
      case "RESTRICTED_UTILITY_TEMPLATES": "The account may not send utility templates."
      default: "The account is restricted: \(restriction.type.prefix(60))."
      }
    return SenderReason(
      code: restriction.type, message: what,
      nextStep: restriction.remediation ?? "Ask for a review in Meta's Business Support Home, or wait for its end.")
  }

  private static func severity(_ alert: AccountAlert) -> AccountEvent.Severity {
    if alert.status == "NONE" { return .info }
    return switch alert.severity {
    case "CRITICAL": .critical
    case "WARNING": .warning
    default: .info
    }
  }

  private static func securityWords(_ event: String, _ requester: String?) -> String {
    switch event {
    case "PIN_CHANGED":
      "The number's two-step verification PIN was changed at Meta. If nobody here did it, look at WhatsApp Manager; "
        + "registering the number again will need the new PIN."
    case "PIN_RESET_REQUEST":
      "Somebody asked Meta to reset the number's two-step verification PIN\(requester.map { " (\($0))" } ?? "")."
    case "PIN_REQUEST_SUCCESS": "The number's two-step verification was switched off at Meta."
    default: "Meta tells of the number's security: \(event)."
    }
  }
}
