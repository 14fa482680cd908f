import Contracts
import GraphAPI
import Store

/// What Meta's webhooks tell of templates.
enum TemplateEvents {
  static let fields = TemplateWebhook.fields

  /// Applies a webhook to the template of every account that has the WABA. `id` comes of the webhook's bytes: each
  /// counts once. The order of webhooks is not Meta's promise, so the list is read again soon after.
  static func store(
    field: String, wabaID: String, value: [UInt8], id: EventID, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    guard let webhook = TemplateWebhook(field: field, value: value) else { throw Unreadable(field: field) }
    let accounts = try TemplateAccess.accounts(ofWABA: wabaID, connection)
    if accounts.isEmpty { return .ignored }
    var outcome = UpdateOutcome.duplicate
    for account in accounts {
      let scope = TemplateScope(account: account, waba: wabaID)
      guard let row = try find(webhook, scope, connection) else {
        // One that was made elsewhere: the list tells all of it.
        try TemplateSyncRow.hurry(scope, by: now, connection)
        outcome = .stored
        continue
      }
      if try TemplateHistory.knows(id, of: row.template.id, connection) { continue }
      try apply(webhook, to: row, id: id, at: now, connection)
      try TemplateSyncRow.hurry(scope, by: now + TemplateSyncRow.settle, connection)
      outcome = .stored
    }
    return outcome
  }

  private static func find(
    _ webhook: TemplateWebhook, _ scope: TemplateScope, _ connection: Connection
  ) throws -> TemplateRow? {
    if let row = try TemplateRow.find(metaID: webhook.id, account: scope.account, connection) { return row }
    // A creation whose answer has not come yet.
    guard let name = webhook.name, let language = webhook.language,
      let row = try TemplateRow.find(
        name: name, language: language, account: scope.account, waba: scope.waba, connection)
    else { return nil }
    return row.template.metaTemplateID == nil ? row : nil
  }

  private static func apply(
    _ webhook: TemplateWebhook, to known: TemplateRow, id: EventID, at now: Int64, _ connection: Connection
  ) throws {
    var row = known
    row.template.metaTemplateID = webhook.id
    if row.effect == "create" {
      row.effect = nil
      row.effectAt = nil
    }
    var entry: TemplateHistory.Entry
    switch webhook.change {
    case .status(let status): entry = row.take(status, at: now)
    case .quality(_, let after):
      let before = row.template.quality
      row.template.quality = TemplateQuality(meta: after)
      entry = .init(
        kind: .quality, before: before.rawValue, after: row.template.quality.rawValue, source: .webhook,
        isChange: before != row.template.quality)
    case .category(let before, let after, let correct):
      let old = row.template.metaCategory
      if let after { row.take(category: after) }
      row.template.correctCategory = after == nil ? correct : nil
      entry = .init(
        kind: .category, before: (before ?? old).lowercased(), after: (after ?? old).lowercased(),
        details: correct.map { "becomes \($0.lowercased()) at Meta's next look" }, source: .webhook,
        isChange: correct != nil || after?.lowercased() != old.lowercased())
    case .components(_, let body, _):
      // It has texts only: the whole is read at Meta.
      entry = .init(
        kind: .components, before: row.template.bodyText, after: body, source: .webhook,
        isChange: body != row.template.bodyText)
    }
    entry.source = .webhook
    row.toldAt = now
    if row.differs(from: known) {
      row.template.version += 1
      row.template.updatedAt = Timestamp(milliseconds: now)
    }
    try row.update(connection)
    if case .components = webhook.change { try TemplateStale.mark(row.template.id, at: now, connection) }
    try TemplateHistory.record(entry, of: row, id: id, at: now, connection)
  }

  /// Not what Meta documents: kept aside.
  struct Unreadable: Error, CustomStringConvertible {
    var field: String
    var description: String { "\(field) without the members that Meta documents" }
  }
}

/// Templates whose copy here may be out of date.
enum TemplateStale {
  /// Refusals of a send that say that Meta's template is another than ours.
  static let metaCodes: Set<Int> = [132_000, 132_001, 132_012]

  /// Has the template read at Meta soon, alone.
  static func mark(_ id: TemplateID, at now: Int64, _ connection: Connection) throws {
    try connection.execute("UPDATE templates SET stale_at = ? WHERE id = ? AND meta_id IS NOT NULL", now, id.text)
  }

  /// A broadcast may be refused message by message: its template is read at once, then not more often than this.
  static let pause: Int64 = 60_000

  /// Meta has refused a message, by its answer or by a status webhook: where that says that the template is another
  /// than the copy here, it is read again. Many refusals at once are one reading.
  static func refused(message: String, code: Int, at now: Int64, _ connection: Connection) throws {
    guard metaCodes.contains(code) else { return }
    let moment = "max(?1, min(coalesce(refused_at, 0), ?1) + \(pause))"
    try connection.execute(
      """
      UPDATE templates SET stale_at = \(moment), refused_at = \(moment)
      WHERE meta_id IS NOT NULL AND stale_at IS NULL AND id = (SELECT template_id FROM messages WHERE id = ?2)
      """, now, message)
  }

  static func due(at now: Int64, limit: Int, _ connection: Connection) throws -> [TemplateID] {
    try connection.all("SELECT id FROM templates WHERE stale_at <= ? ORDER BY stale_at LIMIT ?", now, limit) {
      TemplateID(trusted: try $0.text(0))
    }
  }

  static func nextDue(after now: Int64, _ connection: Connection) throws -> Int64? {
    try connection.first("SELECT stale_at FROM templates WHERE stale_at > ? ORDER BY stale_at LIMIT 1", now) {
      try $0.int64(0)
    }
  }

  static func settle(_ id: TemplateID, dueAt: Int64?, _ connection: Connection) throws {
    try connection.execute("UPDATE templates SET stale_at = ? WHERE id = ?", dueAt, id.text)
  }
}

extension TemplateRow {
  /// Takes over a status as a webhook tells it.
  fileprivate mutating func take(_ status: TemplateWebhook.Status, at now: Int64) -> TemplateHistory.Entry {
    let before = template.status
    let event = status.event.uppercased()
    // These two say something about a template whose status stays.
    if event != "FLAGGED" && event != "LOCKED" {
      template.metaStatus = event
      template.status = TemplateStatus(meta: event)
    }
    if let category = status.category { take(category: category) }
    template.rejectedReason = template.status == .rejected ? status.reason : nil
    template.pause =
      template.status == .paused
      ? TemplatePause(title: status.title, description: status.description, at: Timestamp(milliseconds: now)) : nil
    let details = [
      status.title, status.description, status.disableDate.map { "disabled on \($0)" }, status.recommendation,
    ]
    .compactMap { $0 }.joined(separator: ": ")
    return TemplateHistory.Entry(
      kind: .status, before: before.rawValue,
      after: event == "FLAGGED" || event == "LOCKED" ? event.lowercased() : template.status.rawValue,
      reason: status.reason, details: details.isEmpty ? nil : details, source: .webhook,
      isChange: before != template.status || event == "FLAGGED" || event == "LOCKED" || !details.isEmpty)
  }
}
