package import Crypto
package import Store
import Synchronization
package import Telemetry
package import Transport

/// Seals a database's values anew with the current key after an operator put a new one first in the key file.
///
/// It goes through the declared columns in small steps: a look on a reader's thread, which also opens and seals, then
/// a background write that replaces a value only if it is still the one that was read, so that a change by the service
/// wins. Nothing is remembered but in memory: after a crash the next start begins again, and what is done already
/// costs a look. A value that does not open is left alone, counted and named.
package final class Resealer: Sendable {
  /// How much is done at a time, and how fast.
  package struct Limits: Sendable {
    /// Rows looked at in one step.
    package var rows = 250
    /// The shortest pause between steps.
    package var pause = Duration.milliseconds(10)
    /// The pause as a multiple of the step before it: at 4 the work takes a fifth of the time.
    package var pauseFactor = 4
    /// How often values are counted again once all is done, while an old key is still there: a change that was under
    /// way in the service may have put an old value back.
    package var recount = Duration.seconds(30)
    /// Values named in the report.
    package var named = 20

    package init() {}
  }

  private struct Pass {
    var column = 0
    var position: [String]?
    var resealed = 0
    var lost = 0
    var unreadable: [SealingReport.Unreadable] = []
    var unreadableCount = 0
    var loggedAt: Int64
  }

  private struct State {
    var census: SealingCensus?
    /// Monotonic; nil when something was sealed anew since.
    var countedAt: Int64?
    var pass: Pass?
    var isDone = false
    var unreadable: [SealingReport.Unreadable] = []
    var unreadableCount = 0
    var resealed = 0
  }

  private let columns: [SealedColumn]
  private let database: Database
  private let keyring: SealingKeyring
  private let limits: Limits
  private let clock: WallClock
  private let log: Log
  private let metrics: Metrics
  private let work: WorkLoop
  private let state = Mutex(State())

  /// `columns` are all of a database that hold sealed values. The last one is only gone through when everything
  /// before it opened: the daemon puts the database's probe there.
  package init(
    _ columns: [SealedColumn], database: Database, keyring: SealingKeyring, loop: EventLoop, clock: WallClock, log: Log,
    metrics: Metrics, limits: Limits = Limits()
  ) {
    self.columns = columns
    self.database = database
    self.keyring = keyring
    self.limits = limits
    self.clock = clock
    self.log = log
    self.metrics = metrics
    let box = TurnBox()
    work = WorkLoop("resealer", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  package func start() { work.start() }

  /// Lets the running step finish.
  package func stop() async { await work.stop() }

  /// Where things stand, counted at most a second ago.
  package func report() async throws -> SealingReport {
    let isFresh = state.withLock { $0.countedAt.map { MonotonicClock.now - $0 < 1_000_000_000 } ?? false }
    if !isFresh { _ = try await count() }
    return state.withLock { state in
      SealingReport(
        currentKeyID: keyring.currentKeyID, keyIDs: keyring.keyIDs, values: state.census?.values ?? [:],
        unreadable: state.unreadable, unreadableCount: state.unreadableCount, resealed: state.resealed)
    }
  }

  /// Counts, and shows the counts in the metrics.
  private func count() async throws -> SealingCensus {
    let census = try await database.read { [columns] in try SealingCensus(columns, $0) }
    let before = state.withLock { state in
      state.countedAt = MonotonicClock.now
      defer { state.census = census }
      return state.census
    }
    let ids = Set(keyring.keyIDs).union(census.values.keys).union(before?.values.keys.map { $0 } ?? [])
    for id in ids { gauge(id).set(census.values[id] ?? 0) }
    return census
  }

  private func gauge(_ keyID: String) -> Gauge {
    metrics.gauge("wss_sealing_values", "Sealed values, by the key that sealed them.", labels: ["key": keyID])
  }

  // MARK: Turns

  private func turn() async throws -> WorkLoop.Next {
    if let pass = state.withLock({ $0.pass }) { return try await go(on: pass) }
    let census = try await count()
    if census.isDone(keyring) {
      // With one key there is nothing an old value could have come back from.
      let wasDone = state.withLock { state in
        defer { state.isDone = true }
        return state.isDone
      }
      if !wasDone, keyring.keyIDs.count > 1 {
        log.notice(
          "sealing.done",
          ["key": .string(keyring.currentKeyID), "values": .int(census.values.values.reduce(0, +))])
      }
      return keyring.keyIDs.count > 1 ? later : .idle
    }
    let old = census.values.filter { $0.key != keyring.currentKeyID }
    // What could not be opened last time is looked at again, quietly and seldom.
    let isNews = state.withLock { state in
      defer {
        state.isDone = false
        state.pass = Pass(loggedAt: MonotonicClock.now)
      }
      return old.values.reduce(0, +) != state.unreadableCount
    }
    if isNews {
      log.notice(
        "sealing.started",
        [
          "key": .string(keyring.currentKeyID), "values": .int(old.values.reduce(0, +)),
          "old_keys": .string(old.keys.sorted().joined(separator: " ")),
        ])
    }
    return .again
  }

  private var later: WorkLoop.Next { .at(clock.now + limits.recount.milliseconds) }

  /// One step of a pass.
  private func go(on old: Pass) async throws -> WorkLoop.Next {
    var pass = old
    let isLast = pass.column == columns.count - 1
    guard pass.column < columns.count, !(isLast && columns.count > 1 && pass.unreadableCount > 0) else {
      return end(pass)
    }
    let column = columns[pass.column]
    let begun = MonotonicClock.now
    let step = try await look(at: column, after: pass.position)
    if !step.replacements.isEmpty {
      let replaced = try await database.write(.background) { connection in
        try step.replacements.count { try column.replace($0.value, with: $0.sealed, connection) }
      }
      pass.resealed += replaced
      pass.lost += step.replacements.count - replaced
      metrics.counter("wss_sealing_resealed_total", "Values sealed anew with the current key.")
        .increment(by: replaced)
    }
    for unreadable in step.unreadable {
      pass.unreadableCount += 1
      if pass.unreadable.count < limits.named { pass.unreadable.append(unreadable) }
    }
    pass.position = step.next
    if step.next == nil { pass.column += 1 }
    let now = MonotonicClock.now
    let isTold = now - pass.loggedAt > 5_000_000_000
    if isTold { pass.loggedAt = now }
    let done = pass.resealed - old.resealed
    state.withLock { [pass] state in
      state.pass = pass
      state.resealed += done
      if done > 0 { state.countedAt = nil }
    }
    if isTold {
      let left = try await count().values.filter { $0.key != keyring.currentKeyID }.values.reduce(0, +)
      log.info(
        "sealing.progress",
        ["column": .string(column.name), "resealed": .int(pass.resealed), "left": .int(left)])
    }
    let pause = max(limits.pause.nanoseconds, (now - begun) * Int64(limits.pauseFactor))
    return .at(clock.now + max(1, pause / 1_000_000))
  }

  private struct Step: Sendable {
    var replacements: [(value: SealedColumn.Value, sealed: String)] = []
    var unreadable: [SealingReport.Unreadable] = []
    var next: [String]?
  }

  /// Reads, opens and seals on a reader's thread: the loop has better things to do.
  private func look(at column: SealedColumn, after position: [String]?) async throws -> Step {
    try await database.read { [keyring, limits] connection in
      let page = try column.page(
        after: position, limit: min(limits.rows, column.rowsAtOnce), notBy: keyring.currentKeyID, connection)
      var step = Step(next: page.next)
      for value in page.values {
        let binding = column.binding(of: value.row)
        do throws(CryptoFailure) {
          let secret = try keyring.open(value.sealed, binding: binding)
          step.replacements.append((value, keyring.seal(secret, binding: binding)))
        } catch {
          step.unreadable.append(
            .init(column: column.name, row: value.row.joined(separator: "/"), reason: error.description))
        }
      }
      return step
    }
  }

  /// A pass is over: what is left is counted in the next turn.
  private func end(_ pass: Pass) -> WorkLoop.Next {
    let before = state.withLock { state in
      defer {
        state.pass = nil
        state.unreadable = pass.unreadable
        state.unreadableCount = pass.unreadableCount
      }
      return state.unreadable
    }
    metrics.gauge("wss_sealing_unreadable_values", "Sealed values that their key did not open; they stay as they are.")
      .set(pass.unreadableCount)
    for value in pass.unreadable where !before.contains(value) {
      log.error(
        "sealing.unreadable",
        ["column": .string(value.column), "row": .string(value.row), "cause": .string(value.reason)])
    }
    log.info(
      "sealing.pass_ended",
      ["resealed": .int(pass.resealed), "changed_meanwhile": .int(pass.lost), "unreadable": .int(pass.unreadableCount)])
    return pass.resealed == 0 && pass.lost == 0 && pass.unreadableCount > 0 ? later : .again
  }
}
