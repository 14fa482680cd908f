import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

/// Looking at templates, reading them at Meta, showing what they will look like.
struct TemplateHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let reader: TemplateReader
  let refresh: TemplateRefresh
  let examples: TemplateExamples
  let keyed: KeyedCalls
  let clock: WallClock
  let log: Log
  /// Called when something may have become due.
  let wake: @Sendable () -> Void
  /// Called when a message was queued.
  let onQueued: @Sendable () -> Void

  /// An account's list is not read again at once because somebody asks.
  private static let pause: Int64 = 5_000

  func add(to router: inout Router) {
    router.on(create)
    router.on(list)
    router.on(get)
    router.on(update)
    router.on(delete)
    router.on(sync)
    router.on(preview)
    router.on(events)
    router.on(unpause)
    router.on(send)
  }

  func list(_ call: MessagingRouterAPI.ListTemplates, _ context: CallContext) async throws -> Page<Template> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let after = try PageRequest.position(call.cursor).map(Self.position)
    let found = try await database.read { connection -> [Template] in
      guard let sender = try SenderRow.find(id: call.senderID, account: account, connection) else {
        throw TemplateFailures.senderNotFound
      }
      guard let waba = try sender.waba(connection) else { return [] }
      return try TemplateRow.list(call, account: account, waba: waba, after: after, limit: limit + 1, connection)
    }
    // Components may be large: what fits into one frame is a page.
    return try Self.fitting(found, limit: limit)
  }

  /// Half of what a frame holds.
  private static let pageBytes = 512 << 10

  private static func fitting(_ found: [Template], limit: Int) throws -> Page<Template> {
    var bytes = 0
    var fitting = 0
    for template in found.prefix(limit) {
      bytes += try JSONCoder.encode(template).count
      if fitting > 0 && bytes > pageBytes { break }
      fitting += 1
    }
    return PageRequest.page(found, limit: max(1, fitting)) { "\($0.name) \($0.language) \($0.id.text)" }
  }

  private static func position(_ text: String) throws(CallFailure) -> (name: String, language: String, id: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
    return (String(parts[0]), String(parts[1]), String(parts[2]))
  }

  func get(_ call: MessagingRouterAPI.GetTemplate, _ context: CallContext) async throws -> Template {
    let account = try context.requiredAccount
    return try await database.read { try Self.found(call.id, account, $0).template }
  }

  static func found(_ id: TemplateID, _ account: String, _ connection: Connection) throws -> TemplateRow {
    guard let row = try TemplateRow.find(id: id, account: account, connection), row.failure == nil else {
      throw TemplateFailures.notFound
    }
    return row
  }

  func events(
    _ call: MessagingRouterAPI.ListTemplateEvents, _ context: CallContext
  ) async throws -> Page<TemplateEvent> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor).map { text throws(CallFailure) -> Int64 in
      guard let number = Int64(text), number > 0 else {
        throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
      }
      return number
    }
    let rows = try await database.read { connection in
      _ = try Self.found(call.id, account, connection)
      return try TemplateHistory.list(
        call.id, account: account, before: before ?? .max, limit: limit + 1, connection)
    }
    return Page(
      data: rows.prefix(limit).map(\.event),
      nextCursor: rows.count > limit ? PageRequest.cursor(String(rows[limit - 1].sequence)) : nil)
  }

  func preview(_ call: MessagingRouterAPI.PreviewTemplate, _ context: CallContext) async throws -> TemplatePreview {
    let account = try context.requiredAccount
    let values = call.variables ?? [:]
    guard values.count <= 200, values.allSatisfy({ $0.value.utf8.count <= 4_096 }) else {
      throw CallFailure.invalidArgument(
        "VARIABLES_TOO_LARGE", "variables: at most 200, of 4096 bytes each", field: "variables")
    }
    let now = clock.now
    return try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        TemplateRendering(try Self.found(call.id, account, connection).template).preview(values)
      }
    }
  }

  func sync(_ call: MessagingRouterAPI.SyncTemplates, _ context: CallContext) async throws -> TemplateSyncReport {
    let account = try context.requiredAccount
    let now = clock.now
    return try await keyed.once(call, context) { connection in
      let scope = try Self.scope(call.senderID, account, connection)
      if let last = try TemplateSyncRow.report(scope, connection)?.syncedAt.milliseconds, last <= now,
        now - last < Self.pause
      {
        throw CallFailure.resourceExhausted(
          "SYNCED_JUST_NOW", "The templates were read a moment ago.",
          retryAfter: .milliseconds(Self.pause - (now - last)))
      }
      return .started(reference: scope.waba, scope)
    } truth: { connection, waba in
      guard let report = try TemplateSyncRow.report(TemplateScope(account: account, waba: waba), connection) else {
        throw CallFailure.unavailable(
          "SYNC_UNFINISHED", "The reading under this key did not end: sync again with a new key.")
      }
      return report
    } perform: { (scope: TemplateScope) in
      do {
        let report = try await reader.readAll(scope)
        wake()
        return report
      } catch let failure as TemplateReader.Failure {
        throw CallFailure(failure)
      }
    }
  }

  /// The WhatsApp Business Account of a sender that Meta can be asked about.
  static func scope(_ id: SenderID, _ account: String, _ connection: Connection) throws -> TemplateScope {
    guard let sender = try SenderRow.find(id: id, account: account, connection) else {
      throw TemplateFailures.senderNotFound
    }
    guard let waba = try sender.waba(connection) else { throw TemplateFailures.noAccount }
    let scope = TemplateScope(account: account, waba: waba)
    guard try TemplateAccess.find(scope, connection) != nil else { throw TemplateFailures.noAccount }
    return scope
  }
}
