import Contracts
import Crypto
import GraphAPI
import Store
import Synchronization
import Telemetry

/// Reads templates at Meta: all of an account's, or one.
final class TemplateReader: Sendable {
  /// Why a reading did not go through.
  enum Failure: Error {
    /// The same account is being read.
    case running
    case noSender
    case tokenUnreadable
    case graph(GraphFailure)
    /// The list did not end within the pages that are read.
    case tooLong
    /// Meta's calls are nearly used up: go on after this many milliseconds.
    case used(regain: Int64)
    /// The bytes of an example are not here any more.
    case exampleGone(MediaID)
    /// As many examples are being uploaded as may be.
    case examplesBusy
  }

  static let pageSize = 50
  private static let leastPage = 2
  /// 6,000 templates are the most that an account has at Meta.
  static let mostPages = 400

  let database: Database
  let graph: GraphClient
  let keyring: SealingKeyring
  let clock: WallClock
  private let interval: Int64
  private let log: Log
  private let pages: Counter
  /// Called after a write that may have events for others.
  private let onChanged: @Sendable () -> Void
  private let running = Mutex<Set<TemplateScope>>([])

  /// `interval` in milliseconds.
  init(
    database: Database, graph: GraphClient, keyring: SealingKeyring, interval: Int64, clock: WallClock, log: Log,
    metrics: Metrics, onChanged: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.graph = graph
    self.keyring = keyring
    self.interval = interval
    self.clock = clock
    self.log = log
    self.onChanged = onChanged
    pages = metrics.counter("wss_router_template_pages_total", "Pages of templates read at Meta.")
  }

  /// Reads every page of an account's list. Each page is stored as it comes; what no page showed is deleted at the end,
  /// unless something on them could not be read.
  /// A reading that is cut off begins anew: it is due until it has ended.
  func readAll(_ scope: TemplateScope) async throws -> TemplateSyncReport {
    guard running.withLock({ $0.insert(scope).inserted }) else { throw Failure.running }
    defer { running.withLock { _ = $0.remove(scope) } }
    let began = clock.now
    let token = try await token(scope)
    var report = TemplateSyncReport(
      wabaID: scope.waba, total: 0, created: 0, updated: 0, deleted: 0, pages: 0,
      syncedAt: Timestamp(milliseconds: began))
    var after: String?
    var size = Self.pageSize
    var isWhole = true
    while true {
      guard report.pages < Self.mostPages else { throw Failure.tooLong }
      let asked = clock.now
      let page: GraphTemplatePage
      do throws(GraphFailure) {
        page = try await graph.templates(wabaID: scope.waba, limit: size, after: after, token: token)
      } catch {
        // Large templates make a page too long for what is read of an answer: smaller pages, twice.
        guard case .unknown = error, size > Self.leastPage else { throw Failure.graph(error) }
        size /= 5
        continue
      }
      pages.increment()
      report.pages += 1
      try await store(page, scope, asked: asked, began: began, &report)
      if page.unreadable > 0 { isWhole = false }
      guard let next = page.next else { break }
      guard next != after else { throw Failure.tooLong }
      if let usage = page.usage, usage.percent >= 95 {
        throw Failure.used(regain: max(usage.regainMilliseconds, 600_000))
      }
      after = next
    }
    return try await finish(report, scope, isWhole: isWhole, began: began)
  }

  private func store(
    _ page: GraphTemplatePage, _ scope: TemplateScope, asked: Int64, began: Int64, _ report: inout TemplateSyncReport
  ) async throws {
    if page.unreadable > 0 { log.error("templates.unreadable", ["count": .int(page.unreadable)]) }
    let now = clock.now
    let outcomes = try await database.write(.background) { connection in
      try page.templates.map {
        try TemplateReading.store($0, scope: scope, askedAt: asked, seen: began, at: now, connection)
      }
    }
    if outcomes.contains(where: { $0 != .same }) { onChanged() }
    report.total += page.templates.count
    report.created += outcomes.count { $0 == .created }
    report.updated += outcomes.count { $0 == .updated }
  }

  private func finish(
    _ report: TemplateSyncReport, _ scope: TemplateScope, isWhole: Bool, began: Int64
  ) async throws -> TemplateSyncReport {
    let now = clock.now
    // Accounts that were connected together are not read together for ever.
    let dueAt = now + interval + Int64.random(in: 0...(interval / 10))
    return try await database.write(.background) { connection in
      var report = report
      report.syncedAt = Timestamp(milliseconds: now)
      // An entry that cannot be read may be any of those that were not seen.
      if isWhole {
        report.deleted = try TemplateReading.deleteUnseen(scope, began: began, at: now, connection)
      }
      try TemplateSyncRow.finished(report, scope, dueAt: dueAt, connection)
      return report
    }
  }

  /// Reads one template. One that Meta does not know is deleted here.
  @discardableResult
  func readOne(_ id: TemplateID) async throws -> TemplateRow? {
    guard let row = try await database.read({ try TemplateRow.find(anyAccount: id, $0) }),
      let metaID = row.template.metaTemplateID
    else { return nil }
    let scope = TemplateScope(account: row.account, waba: row.template.wabaID)
    let token = try await token(scope)
    let asked = clock.now
    let found: GraphTemplate
    do throws(GraphFailure) {
      found = try await graph.template(id: metaID, token: token)
    } catch {
      guard case .answered(let answer) = error, answer.isUnknownObject else { throw Failure.graph(error) }
      let now = clock.now
      return try await database.write { connection in
        guard let row = try TemplateRow.find(anyAccount: id, connection), row.template.status != .deleted else {
          return nil
        }
        try TemplateReading.delete(row, "Meta does not know it any more", source: .sync, at: now, connection)
        return try TemplateRow.find(anyAccount: id, connection)
      }
    }
    let now = clock.now
    defer { onChanged() }
    return try await database.write { connection in
      try TemplateReading.store(found, scope: scope, askedAt: asked, at: now, connection)
      return try TemplateRow.find(anyAccount: id, connection)
    }
  }

  /// What Meta has under a name and language: how a creation without an answer is settled.
  func find(name: String, language: String, _ scope: TemplateScope) async throws -> GraphTemplate? {
    let token = try await token(scope)
    var after: String?
    for _ in 0..<10 {
      let page: GraphTemplatePage
      do throws(GraphFailure) {
        page = try await graph.templates(
          wabaID: scope.waba, name: name, limit: Self.pageSize, after: after, token: token)
      } catch {
        throw Failure.graph(error)
      }
      if let found = page.templates.first(where: { $0.name == name && $0.language == language }) { return found }
      guard let next = page.next else { return nil }
      after = next
    }
    throw Failure.tooLong
  }

  func token(_ scope: TemplateScope) async throws -> Secret {
    guard let access = try await database.read({ try TemplateAccess.find(scope, $0) }) else { throw Failure.noSender }
    do throws(CryptoFailure) { return try access.token(keyring) } catch { throw Failure.tokenUnreadable }
  }
}

extension GraphError {
  /// Meta's answer about an id that does not exist, or not for this token.
  var isUnknownObject: Bool { code == 100 && subcode == 33 || code == 33 || code == 803 || subcode == 2_593_002 }

  /// The account's calls are used up.
  var isCallLimit: Bool { [4, 17, 32, 613, 80_007, 80_008, 130_429].contains(code) || code == 0 && httpStatus == 429 }
}
