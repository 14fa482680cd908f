import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Telemetry
import Wire
import Workers

extension TemplateHandlers {
  /// A day, and thirty.
  private static let editDay: Int64 = 24 * 3_600_000
  private static let editMonth: Int64 = 30 * editDay

  /// Journalled, asked of Meta, read back.
  func update(_ call: MessagingRouterAPI.UpdateTemplate, _ context: CallContext) async throws -> Template {
    let account = try context.requiredAccount
    let now = clock.now
    let given = try await withExamples(call, account, at: now)
    let row = try await database.write { connection in
      let row = try Self.found(call.id, account, connection)
      try IfVersion.check(call.ifVersion, current: row.template.version)
      try Self.checkEdit(call, row, at: now, connection)
      return try Self.begin("edit", row, at: now, connection)
    }
    let components = given.map { MetaComponents.write($0) }
    let body = try Self.body(
      name: nil, language: nil, category: call.category, format: nil, components: components,
      ttl: call.messageSendTTLSeconds)
    var template = try await effect(row) { metaID, token throws(GraphFailure) in
      try await reader.graph.editTemplate(id: metaID, body: body, token: token)
    } done: { row in
      // Meta looks at it again; what it says follows by webhook and by the reading below.
      row.template.status = .pending
      row.template.metaStatus = "PENDING"
      if let components { row.take(components: components) }
      if let category = call.category { row.take(category: category.rawValue.uppercased()) }
    }
    let warnings = TemplateWarnings.of(call.components ?? [], category: template.category)
    template.warnings = warnings.isEmpty ? nil : warnings
    return template
  }

  /// The components with Meta's handles of our examples. What the edit may not do is told before anything is uploaded.
  private func withExamples(
    _ call: MessagingRouterAPI.UpdateTemplate, _ account: String, at now: Int64
  ) async throws -> [TemplateComponent]? {
    guard let components = call.components, !TemplateExamples.named(in: components).isEmpty else {
      return call.components
    }
    let scope = try await database.read { connection in
      let row = try Self.found(call.id, account, connection)
      try IfVersion.check(call.ifVersion, current: row.template.version)
      try Self.checkEdit(call, row, at: now, connection)
      try examples.check(components, account: account, connection)
      return TemplateScope(account: account, waba: row.template.wabaID)
    }
    do {
      return try await examples.given(components, token: try await reader.token(scope))
    } catch let failure as TemplateReader.Failure {
      throw CallFailure(failure)
    }
  }

  private static func checkEdit(
    _ call: MessagingRouterAPI.UpdateTemplate, _ row: TemplateRow, at now: Int64, _ connection: Connection
  ) throws {
    let template = row.template
    guard call.category != nil || call.components != nil || call.messageSendTTLSeconds != nil else {
      throw CallFailure.invalidArgument("NOTHING_TO_CHANGE", "give category, components or message_send_ttl_seconds")
    }
    guard template.status.mayBeEdited else {
      throw CallFailure.failedPrecondition(
        "TEMPLATE_NOT_EDITABLE",
        "the template is \(template.status.rawValue): Meta takes edits of approved, rejected and paused ones",
        details: ["status": .string(template.status.rawValue)])
    }
    let category = call.category ?? template.category
    // Without new components only the rest is checked.
    let problems =
      call.components.map {
        TemplateRules.check(
          category: category, format: template.parameterFormat, components: $0, ttl: call.messageSendTTLSeconds)
      } ?? TemplateRules.check(category: category, ttl: call.messageSendTTLSeconds)
    guard problems.isEmpty else { throw problems.failure(.invalidArgument, "TEMPLATE_INVALID") }
    guard template.status == .approved else { return }
    if let category = call.category, category != template.category {
      throw CallFailure.invalidArgument(
        "CATEGORY_FIXED", "the category of an approved template stays \(template.category.rawValue)", field: "category")
    }
    let edits = try TemplateHistory.edits(of: template.id, since: now - editMonth, connection)
    let free =
      edits.first.map { $0 + editDay }.flatMap { $0 > now ? $0 : nil }
      ?? (edits.count >= 10 ? edits[9] + editMonth : nil)
    if let free {
      throw CallFailure.resourceExhausted(
        "TEMPLATE_EDITED_TOO_OFTEN", "an approved template is edited once in 24 hours and ten times in 30 days",
        retryAfter: .milliseconds(free - now))
    }
  }

  /// Ends a pause that Meta's pacing has set.
  func unpause(_ call: MessagingRouterAPI.UnpauseTemplate, _ context: CallContext) async throws -> Template {
    let account = try context.requiredAccount
    let now = clock.now
    return try await keyed.once(call, context) { connection in
      let row = try Self.found(call.id, account, connection)
      if row.template.status == .approved { return .ended(row.template) }
      guard row.template.status == .paused else {
        throw CallFailure.failedPrecondition(
          "TEMPLATE_NOT_PAUSED", "the template is \(row.template.status.rawValue)",
          details: ["status": .string(row.template.status.rawValue)])
      }
      return .started(reference: call.id.text, try Self.begin("unpause", row, at: now, connection))
    } truth: { connection, _ in
      try Self.found(call.id, account, connection).template
    } perform: { (row: TemplateRow) in
      try await effect(row) { metaID, token throws(GraphFailure) in
        try await reader.graph.unpauseTemplate(id: metaID, token: token)
      } done: { row in
        row.template.status = .approved
        row.template.metaStatus = "APPROVED"
        row.template.pause = nil
      }
    }
  }

  func delete(_ call: MessagingRouterAPI.DeleteTemplate, _ context: CallContext) async throws -> Done {
    let account = try context.requiredAccount
    let now = clock.now
    let all = call.allLanguages ?? false
    let rows = try await database.write { connection -> [TemplateRow] in
      let row = try Self.found(call.id, account, connection)
      try IfVersion.check(call.ifVersion, current: row.template.version)
      if row.template.status == .deleted { return [] }
      let rows =
        all
        ? try TemplateRow.languages(of: row.template.name, account: account, waba: row.template.wabaID, connection)
        : [row]
      if let disabled = rows.first(where: { $0.template.status == .disabled }) {
        throw CallFailure.failedPrecondition(
          "TEMPLATE_DISABLED", "Meta has disabled the template in \(disabled.template.language): it cannot be deleted")
      }
      return try rows.map { try Self.begin("delete", $0, at: now, connection) }
    }
    guard let first = rows.first(where: { $0.template.id == call.id }), let metaID = first.template.metaTemplateID
    else {
      return Done()
    }
    let scope = TemplateScope(account: account, waba: first.template.wabaID)
    defer { wake() }
    do {
      let token = try await reader.token(scope)
      do throws(GraphFailure) {
        try await reader.graph.deleteTemplate(
          wabaID: scope.waba, name: first.template.name, id: all ? nil : metaID, token: token)
      } catch {
        try await settleDeletion(rows, error)
      }
    } catch let failure as TemplateReader.Failure {
      try await forget(rows)
      throw CallFailure(failure)
    }
    let done = clock.now
    try await database.write { connection in
      for row in rows {
        guard let row = try TemplateRow.find(anyAccount: row.template.id, connection), row.template.status != .deleted
        else { continue }
        try TemplateReading.delete(row, nil, source: .call, at: done, connection)
      }
    }
    return Done()
  }

  /// Returns when they are gone at Meta.
  private func settleDeletion(_ rows: [TemplateRow], _ failure: GraphFailure) async throws {
    switch failure {
    case .answered(let answer) where answer.isUnknownObject: return
    case .answered, .notSent:
      try await forget(rows)
      throw CallFailure(TemplateReader.Failure.graph(failure))
    case .unknown:
      for row in rows {
        let read: TemplateRow?
        do {
          read = try await reader.readOne(row.template.id)
        } catch is TemplateReader.Failure {
          throw Self.unsettled
        }
        let status = read?.template.status
        if let status, status != .deleted, status != .pendingDeletion { throw Self.unsettled }
      }
    }
  }

  private static let unsettled = CallFailure.unavailable(
    "META_UNREACHABLE",
    "Meta's answer was lost, and what became of it cannot be told yet: look at the template again in a minute.")

  // MARK: Shared

  /// Journals what is asked of Meta. Only one thing at a time is asked of a template.
  private static func begin(
    _ effect: String, _ row: TemplateRow, at now: Int64, _ connection: Connection
  ) throws -> TemplateRow {
    var row = row
    guard row.template.metaTemplateID != nil else { throw TemplateFailures.notSynced }
    if row.effect != nil, let since = row.effectAt, since <= now, now - since < TemplateSyncRow.settle {
      throw CallFailure(
        .aborted, "TEMPLATE_BUSY", "Another change of this template is on its way to Meta: try again shortly.",
        retry: .afterMilliseconds(2_000))
    }
    row.effect = effect
    row.effectAt = now
    try row.update(connection)
    // If this process dies now, the list tells what became of it.
    try TemplateSyncRow.hurry(
      TemplateScope(account: row.account, waba: row.template.wabaID), by: now + TemplateSyncRow.settle, connection)
    return row
  }

  /// Asks Meta, stores that it was done, and reads what Meta makes of it. A lost answer is settled by that reading.
  private func effect(
    _ row: TemplateRow, ask: (_ metaID: String, _ token: Secret) async throws(GraphFailure) -> Void,
    done: @escaping @Sendable (inout TemplateRow) -> Void
  ) async throws -> Template {
    guard let metaID = row.template.metaTemplateID else { throw TemplateFailures.notSynced }
    let id = row.template.id
    defer { wake() }
    do {
      let token = try await reader.token(TemplateScope(account: row.account, waba: row.template.wabaID))
      do throws(GraphFailure) {
        try await ask(metaID, token)
      } catch {
        if case .unknown = error { return try await readBack(id) }
        throw TemplateReader.Failure.graph(error)
      }
    } catch let failure as TemplateReader.Failure {
      try await forget([row])
      throw CallFailure(failure)
    }
    try await record(id, before: row, done)
    do {
      if let read = try await reader.readOne(id) { return read.template }
    } catch is TemplateReader.Failure {
      // Done it is; the next reading shows the rest.
    }
    let account = row.account
    return try await database.read { try Self.found(id, account, $0).template }
  }

  private func record(
    _ id: TemplateID, before old: TemplateRow, _ done: @escaping @Sendable (inout TemplateRow) -> Void
  ) async throws {
    let now = clock.now
    try await database.write { connection in
      guard var row = try TemplateRow.find(anyAccount: id, connection) else { return }
      let known = row
      let kind = row.effect
      done(&row)
      row.effect = nil
      row.effectAt = nil
      row.toldAt = now
      row.template.version += 1
      row.template.updatedAt = Timestamp(milliseconds: now)
      try row.update(connection)
      if kind == "edit" {
        try TemplateHistory.record(
          .init(
            kind: .edited, before: old.template.status.rawValue, after: row.template.bodyText, source: .call), of: row,
          at: now, connection)
      }
      for entry in row.entries(since: known, source: .call) where entry.kind != .components {
        try TemplateHistory.record(entry, of: row, at: now, connection)
      }
    }
  }

  private func readBack(_ id: TemplateID) async throws -> Template {
    do {
      guard let row = try await reader.readOne(id) else { throw TemplateFailures.notFound }
      return row.template
    } catch is TemplateReader.Failure {
      throw Self.unsettled
    }
  }

  /// It did not happen: nothing is left to settle.
  private func forget(_ rows: [TemplateRow]) async throws {
    try await database.write { connection in
      for row in rows {
        try connection.execute(
          "UPDATE templates SET effect = NULL, effect_at = NULL WHERE id = ?", row.template.id.text)
      }
    }
  }
}
