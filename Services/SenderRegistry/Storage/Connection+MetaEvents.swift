import Contracts
import GraphAPI
import JSON
import Store

extension Connection {
  /// What Meta's events became: kept for people who wonder why.
  private static let keptEvents: Int64 = 20_000

  /// How long after an event Meta is asked: many come at once, and Meta needs a moment to agree with itself.
  private static let hintSpread: ClosedRange<Int64> = 200...1_500

  /// Takes an event of Meta's, once; what follows from it is stored with it. True when it was new.
  func take(_ event: SenderRegistryAPI.RecordMetaEvents.Event, now: Int64) throws -> Bool {
    guard try receive(event.eventID, now: now) else { return false }
    var outcome = "unreadable"
    if let plan = MetaEventPlan(event, now: now) {
      let isTold = try !isOvertaken(event) && carryOut(plan, wabaID: event.wabaID, now: now)
      outcome = isTold ? "applied" : "nobody"
    }
    try execute(
      """
      INSERT INTO meta_events (id, waba_id, field, value, outcome, received_at, at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """, event.eventID.text, event.wabaID, event.field, event.value, outcome, event.receivedAt.milliseconds, now)
    if changes == 1 {
      try execute("DELETE FROM meta_events WHERE sequence <= ?", lastInsertRowID - Self.keptEvents)
    }
    return true
  }

  /// How much of a limit is used is told in steps: one that comes behind a later one, of whichever number of the same
  /// account, would only mislead.
  private func isOvertaken(_ event: SenderRegistryAPI.RecordMetaEvents.Event) throws -> Bool {
    guard event.field == RouterNews.PortfolioUsage.field else { return false }
    return try first(
      """
      SELECT 1 FROM meta_events e
      JOIN senders s ON s.waba_id = e.waba_id
        AND s.phone_number_id = CASE WHEN json_valid(e.value) THEN json_extract(e.value, '$.phone_number_id') END
      JOIN senders n ON n.waba_id = s.waba_id AND n.account_id = s.account_id
        AND n.phone_number_id = json_extract(?1, '$.phone_number_id')
      WHERE e.field = ?2 AND e.waba_id = ?3 AND e.received_at > ?4 AND e.outcome = 'applied'
      LIMIT 1
      """, event.value, event.field, event.wabaID, event.receivedAt.milliseconds, map: { _ in true }) ?? false
  }

  /// False when no sender is concerned.
  private func carryOut(_ plan: MetaEventPlan, wabaID: String, now: Int64) throws -> Bool {
    let concerned = try senders(in: plan.scope, wabaID: wabaID)
    if concerned.isEmpty { return false }
    if let limit = plan.limit {
      let account = if case .account(let id) = plan.scope { id } else { wabaID }
      try take(limit: limit, wabaID: account, now: now)
    }
    for id in concerned {
      if let transition = plan.transition {
        // Refused for a sender that is being connected, or never was: its onboarding finds out by itself.
        do { try apply(transition, to: id, now: now) } catch is SenderRefusal {}
      }
      try removeNotices(.event, codes: plan.clears, of: id)
      for notice in plan.notices { try addNotice(.event, notice.reason, until: notice.until, of: id, now: now) }
      if !plan.clears.isEmpty || !plan.notices.isEmpty { try refreshWarnings(of: id, now: now) }
      if let name = plan.name { try decide(name, of: id, now: now) }
      if plan.asks, let sender = try sender(id) {
        try hintPoll(sender, at: now + Int64.random(in: Self.hintSpread))
      }
    }
    if let alert = plan.alert { try tell(alert, concerned, plan.scope, now: now) }
    return true
  }

  /// One event per number where a number is concerned, one per account of ours where a whole WABA is.
  private func tell(_ alert: Alert, _ concerned: [SenderID], _ scope: MetaEventPlan.Scope, now: Int64) throws {
    var told: Set<AccountID> = []
    for id in concerned {
      guard let sender = try sender(id) else { continue }
      if case .account = scope {
        guard told.insert(sender.accountID).inserted else { continue }
        let only = concerned.count == 1 ? id : nil
        try addEvent(
          alert.kind, alert.severity, account: sender.accountID, sender: only, alert.message, before: alert.before,
          after: alert.after, now: now)
      } else {
        try addEvent(
          alert.kind, alert.severity, account: sender.accountID, sender: id, alert.message, before: alert.before,
          after: alert.after, now: now)
      }
    }
  }

  /// The number must be in the account that told of it: its digits alone prove nothing.
  private func senders(in scope: MetaEventPlan.Scope, wabaID: String) throws -> [SenderID] {
    switch scope {
    case .account(let id):
      return try senderIDs(ofAccount: id)
    case .number(let digits):
      return try all(
        "SELECT id FROM senders WHERE waba_id = ? AND phone_number = ? AND deleted_at IS NULL", wabaID, "+" + digits
      ) { SenderID(trusted: try $0.text(0)) }
    case .numberID(let numberID):
      return try all(
        "SELECT id FROM senders WHERE waba_id = ? AND phone_number_id = ? AND deleted_at IS NULL", wabaID, numberID
      ) { SenderID(trusted: try $0.text(0)) }
    }
  }

  /// Meta has decided on a display name. The one place that hears of it.
  func decide(_ update: NumberNameUpdate, of id: SenderID, now: Int64) throws {
    guard let sender = try sender(id) else { return }
    // A name that was asked for here has its own way to its end, and its own events.
    let isOurs = try nameDecided(
      id, decision: update.decision, requestedName: update.requestedName, rejectionReason: update.rejectionReason,
      now: now)
    if isOurs { return }
    let isRefused = update.decision == "REJECTED"
    let name = update.requestedName.map { " “\($0.prefix(80))”" } ?? ""
    let why = update.rejectionReason.map { " (\($0))" } ?? ""
    try addEvent(
      "sender.name_decision", isRefused ? .warning : .info, account: sender.accountID, sender: id,
      "Meta's decision on the display name\(name): \(update.decision)\(why).", after: update.decision, now: now)
  }
}

extension MetaEventPlan {
  /// What follows from an event, Meta's or the router's own; nil when it cannot be read.
  fileprivate init?(_ event: SenderRegistryAPI.RecordMetaEvents.Event, now: Int64) {
    let value = Array(event.value.utf8)
    do throws(JSONDecodingFailure) {
      switch event.field {
      case RouterNews.PortfolioUsage.field:
        self.init(try JSONCoder.decode(RouterNews.PortfolioUsage.self, from: value))
      case RouterNews.SendingStopped.field:
        self.init(try JSONCoder.decode(RouterNews.SendingStopped.self, from: value))
      default:
        guard let webhook = AccountWebhook(field: event.field, value: value) else { return nil }
        self.init(webhook, wabaID: event.wabaID, now: now)
      }
    } catch {
      return nil
    }
  }
}
