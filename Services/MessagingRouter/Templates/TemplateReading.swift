import Contracts
import Crypto
import GraphAPI
import JSON
import Store

/// Puts what Meta shows of a template into the store.
enum TemplateReading {
  enum Outcome: Sendable {
    case created
    case updated
    case same
  }

  /// `askedAt` is when Meta was asked: what was told later is not overruled. `seen` marks a reading of the whole list.
  @discardableResult
  static func store(
    _ found: GraphTemplate, scope: TemplateScope, askedAt: Int64, seen: Int64? = nil, at now: Int64,
    _ connection: Connection
  ) throws -> Outcome {
    let known =
      try TemplateRow.find(metaID: found.id, account: scope.account, connection)
      ?? TemplateRow.find(
        name: found.name, language: found.language, account: scope.account, waba: scope.waba, connection)
    let outcome: Outcome
    let id: TemplateID
    if let known, known.template.metaTemplateID == nil || known.template.metaTemplateID == found.id {
      (id, outcome) = (known.template.id, try update(known, found, askedAt: askedAt, at: now, connection))
    } else {
      // The same name made again at Meta is another template.
      if let known { try delete(known, "made anew at Meta", source: .sync, at: now, connection) }
      (id, outcome) = (try insert(found, scope: scope, at: now, connection), .created)
    }
    try connection.execute(
      "UPDATE templates SET synced_at = ?1, seen_at = coalesce(?2, seen_at), stale_at = NULL WHERE id = ?3", now, seen,
      id.text)
    return outcome
  }

  private static func insert(
    _ found: GraphTemplate, scope: TemplateScope, at now: Int64, _ connection: Connection
  ) throws -> TemplateID {
    var row = TemplateRow(
      account: scope.account, waba: scope.waba, name: found.name, language: found.language,
      metaCategory: found.category, status: TemplateStatus(meta: found.status), metaStatus: found.status,
      format: TemplateParameterFormat(meta: found.parameterFormat), components: found.components, at: now)
    row.take(found)
    try row.insert(connection)
    return row.template.id
  }

  private static func update(
    _ known: TemplateRow, _ found: GraphTemplate, askedAt: Int64, at now: Int64, _ connection: Connection
  ) throws -> Outcome {
    var row = known
    if known.toldAt <= askedAt {
      row.take(found)
      // A settled effect: this reading is later than what was asked for.
      if let effectAt = known.effectAt, effectAt < askedAt || known.effect == "create" {
        row.effect = nil
        row.effectAt = nil
      }
    } else {
      row.template.metaTemplateID = found.id
    }
    guard row.differs(from: known) else { return .same }
    row.template.version += 1
    row.template.updatedAt = Timestamp(milliseconds: now)
    try row.update(connection)
    for entry in row.entries(since: known, source: .sync) {
      try TemplateHistory.record(entry, of: row, at: now, connection)
    }
    return .updated
  }

  /// Those that a whole reading has not seen are gone, and creations that never arrived with them.
  static func deleteUnseen(_ scope: TemplateScope, began: Int64, at now: Int64, _ connection: Connection) throws -> Int
  {
    let unseen = try connection.all(
      """
      SELECT id FROM templates
      WHERE account_id = ? AND waba_id = ? AND status <> 'deleted' AND coalesce(seen_at, 0) < ?3
        AND told_at <= ?3 AND created_at < ?3 AND (effect_at IS NULL OR effect_at < ?3 - ?4)
      """, scope.account, scope.waba, began, TemplateSyncRow.settle
    ) { TemplateID(trusted: try $0.text(0)) }
    for id in unseen {
      guard let row = try TemplateRow.find(anyAccount: id, connection) else { continue }
      try delete(row, "no longer in Meta's list", source: .sync, at: now, connection)
    }
    return unseen.count
  }

  static func delete(
    _ row: TemplateRow, _ why: String?, source: TemplateEvent.Source, at now: Int64, _ connection: Connection
  ) throws {
    var gone = row
    gone.template.status = .deleted
    gone.template.metaStatus = "DELETED"
    gone.effect = nil
    gone.effectAt = nil
    gone.template.version += 1
    gone.template.updatedAt = Timestamp(milliseconds: now)
    try gone.update(connection)
    try TemplateHistory.record(
      .init(
        kind: .status, before: row.template.status.rawValue, after: TemplateStatus.deleted.rawValue, reason: why,
        source: source), of: gone, at: now, connection)
  }
}

extension TemplateRow {
  /// Takes over all that Meta shows.
  mutating func take(_ found: GraphTemplate) {
    template.metaTemplateID = found.id
    template.metaStatus = found.status
    template.status = TemplateStatus(meta: found.status)
    if !found.category.isEmpty { take(category: found.category) }
    template.subCategory = found.subCategory
    template.correctCategory = found.correctCategory
    template.rejectedReason = found.rejectedReason
    template.quality = TemplateQuality(meta: found.quality)
    if template.status != .paused { template.pause = nil }
    template.parameterFormat = TemplateParameterFormat(meta: found.parameterFormat)
    take(components: found.components)
  }

  mutating func take(category: String) {
    template.metaCategory = category
    template.category = TemplateCategory(meta: category)
  }

  mutating func take(components: JSONValue) {
    metaComponents = components
    template.components = MetaComponents.read(components)
    template.variables = TemplateVariables.of(template.components, template.parameterFormat)
    template.hasVariables = !template.variables.isEmpty
    template.bodyText = template.component(.body)?.text
  }

  /// Whether there is news in it; when it was read is none, nor are the addresses of example media.
  func differs(from other: TemplateRow) -> Bool {
    func plain(_ template: Template) -> Template {
      var plain = template
      plain.updatedAt = Timestamp(milliseconds: 0)
      plain.syncedAt = nil
      plain.components = []
      return plain
    }
    return plain(template) != plain(other.template) || effect != other.effect
      || withoutAddresses(metaComponents) != withoutAddresses(other.metaComponents)
  }

  /// The entries of the history that lead from `old` to this.
  func entries(since old: TemplateRow, source: TemplateEvent.Source) -> [TemplateHistory.Entry] {
    var entries: [TemplateHistory.Entry] = []
    let (now, then) = (template, old.template)
    if now.status != then.status {
      entries.append(
        .init(
          kind: .status, before: then.status.rawValue, after: now.status.rawValue, reason: now.rejectedReason,
          source: source))
    }
    if now.quality != then.quality {
      entries.append(
        .init(kind: .quality, before: then.quality.rawValue, after: now.quality.rawValue, source: source))
    }
    if now.metaCategory.lowercased() != then.metaCategory.lowercased() {
      entries.append(
        .init(
          kind: .category, before: then.metaCategory.lowercased(), after: now.metaCategory.lowercased(), source: source)
      )
    }
    if withoutAddresses(metaComponents) != withoutAddresses(old.metaComponents) {
      entries.append(
        .init(kind: .components, before: then.bodyText, after: now.bodyText, source: source))
    }
    return entries
  }

  /// Meta signs the addresses of example media anew at every reading: that is no change.
  private func withoutAddresses(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(withoutAddresses))
    case .object(let object):
      var copy = JSONObject()
      for member in object.members where member.key != "header_handle" {
        copy[member.key] = withoutAddresses(member.value)
      }
      return .object(copy)
    default: return value
    }
  }
}
