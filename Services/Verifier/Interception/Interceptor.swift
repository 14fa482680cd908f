import CarrierAPI
import Contracts
import Store
import Synchronization
import Telemetry
import Transport
import Workers

/// The one owner of the journal of voice routes: it alone changes routes at the carrier, and brings every number back.
final class Interceptor: Sendable {
  /// Numbers worked on at once.
  static let width = 16

  private let settler: RouteSettler
  private let loop: EventLoop
  private let work: WorkLoop
  /// The numbers being worked on, each with its task, which `stop` awaits; nil for the moment before it is known.
  private let busy = Mutex<[String: Task<Void, Never>?]>([:])
  private let prunedAt = Mutex<Int64>(0)

  init(settler: RouteSettler, loop: EventLoop, box: TurnBox, work: WorkLoop) {
    self.settler = settler
    self.loop = loop
    self.work = work
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  /// Brings everything a predecessor left to a definite state, but waits no longer than `limit`: the rest goes on in
  /// the background, and whoever owns the numbers is told.
  func finishJournal(within limit: Duration) async throws {
    let now = settler.clock.now
    let (database, unsettled) = (settler.database, now + settler.times.unsettled)
    let left = try await database.write { try $0.resumeInterceptions(unsettledUntil: unsettled, now: now) }
    guard !left.isEmpty else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.settleAll(left) }
      group.addTask {
        // Cancelled when everything was settled before.
        do { try await Task.sleep(for: limit) } catch {}
      }
      await group.next()
      group.cancelAll()
    }
    let (hooks, then) = (settler.hooks, settler.clock.now)
    let late = try await database.write { connection in
      var late = 0
      for row in left {
        // Not looked at, or in vain: one that waits for a change that may still come is where it should be.
        guard var row = try connection.interception(row.id), row.state == .restoring,
          row.attempts > 0 || row.dueAt <= then
        else { continue }
        late += 1
        if row.isAlerted { continue }
        let before = row
        row.isAlerted = true
        if try connection.update(row, over: before) { try hooks.alert(connection, .notRestored(row)) }
      }
      return late
    }
    settler.log.notice("interceptions.resumed", ["found": .int(left.count), "not_restored": .int(late)])
  }

  func start() { work.start() }
  func wake() { work.wake() }

  func stop() async {
    await work.stop(cancelling: true)
    let tasks = busy.withLock { Array($0.values) }
    for task in tasks { task?.cancel() }
    for task in tasks { await task?.value }
  }

  /// What `/readyz` says of numbers that are not back where they should be; nil when there are none.
  func problem() async -> String? {
    let now = settler.clock.now
    let rows: [InterceptionRow]
    do {
      rows = try await settler.database.read { try $0.overdueInterceptions(now: now, limit: 1_000) }
    } catch {
      return "the journal cannot be read: \(error)"
    }
    let numbers = Set(rows.map(\.shortNumber)).sorted()
    guard !numbers.isEmpty else { return nil }
    let shown = numbers.prefix(10).joined(separator: ", ") + (numbers.count > 10 ? " and others" : "")
    return "\(numbers.count) \(numbers.count == 1 ? "number is" : "numbers are") still switched: \(shown)"
  }

  // MARK: Working

  private func turn() async throws -> WorkLoop.Next {
    let now = settler.clock.now
    let (due, next, sessions, permanent) = try await settler.database.read { connection in
      (
        try connection.dueInterceptions(now: now, limit: 4 * Self.width),
        try connection.nextInterceptionDue(after: now), try connection.interceptedCount(.session),
        try connection.interceptedCount(.permanent)
      )
    }
    settler.measures.counted(sessions: sessions, permanent: permanent)
    for row in due where take(row.phoneNumber) {
      // Owned by `busy`: `stop` awaits it.
      let task = loop.spawn { await self.work(on: row) }
      busy.withLock { busy in
        if busy[row.phoneNumber] != nil { busy[row.phoneNumber] = .some(task) }
      }
    }
    try await prune(now)
    // Whoever ends wakes this loop: what is due and busy needs no timer.
    return next.map { .at($0) } ?? .idle
  }

  /// False when the number is being worked on, or when enough are.
  private func take(_ phoneNumber: String) -> Bool {
    busy.withLock { busy in
      if busy.count >= Self.width || busy[phoneNumber] != nil { return false }
      busy[phoneNumber] = .some(nil)
      return true
    }
  }

  private func work(on row: InterceptionRow) async {
    await settle(row)
    _ = busy.withLock { $0.removeValue(forKey: row.phoneNumber) }
    work.wake()
  }

  private func settle(_ row: InterceptionRow) async {
    do {
      try await settler.settle(row.id)
    } catch {
      if Task.isCancelled { return }
      settler.log.error(
        "interception.not_settled", ["interception": .string(row.id), "error": .string("\(error)")])
      // The row is due still: a store that fails must not be asked without a pause.
      do { try await Task.sleep(for: .seconds(1)) } catch {}
    }
  }

  /// Rows of one number one after the other, numbers side by side.
  private func settleAll(_ rows: [InterceptionRow]) async {
    let numbers = Dictionary(grouping: rows, by: \.phoneNumber).values
    await withTaskGroup(of: Void.self) { group in
      for (index, rows) in numbers.enumerated() {
        if index >= Self.width { await group.next() }
        group.addTask {
          for row in rows where !Task.isCancelled { await self.settle(row) }
        }
      }
    }
  }

  private func prune(_ now: Int64) async throws {
    let isDue = prunedAt.withLock { last in
      if now - last < 3_600_000 { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let moment = now - settler.times.kept
    try await settler.database.write(.background) { try $0.pruneInterceptions(endedBefore: moment) }
  }
}
