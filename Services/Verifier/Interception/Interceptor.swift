import CarrierAPI
import Contracts
import Store
import Telemetry
import Transport
import Workers

/// The one owner of the journal of voice routes: it alone changes routes at the carrier, and brings every number back.
final class Interceptor: Sendable {
  /// Numbers worked on at once.
  static let width = 16

  private let settler: RouteSettler
  private let runs: DueRuns<String>

  init(_ settler: RouteSettler, loop: EventLoop) {
    self.settler = settler
    let upkeep = InterceptionUpkeep(settler: settler)
    runs = DueRuns<String>(
      "interceptor",
      DueRuns<String>.Work(
        interrupted: "interception.not_settled", notPostponed: "interception.not_postponed", noun: "interception",
        concurrency: Self.width, perGroup: 1,
        find: {
          try await upkeep.look()
          let now = settler.clock.now
          return try await settler.database.read { connection in
            let due = try connection.dueInterceptions(now: now, limit: 4 * Self.width)
            return (
              due.map { DueRuns<String>.Due(id: $0.id, group: $0.phoneNumber) },
              try connection.nextInterceptionDue(after: now)
            )
          }
        },
        perform: { try await settler.settle($0) },
        postpone: { id in
          let due = settler.clock.now + settler.times.firstPause
          try await settler.database.write { try $0.postponeInterception(id, until: due) }
        }), loop: loop, clock: settler.clock, log: settler.log)
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

  func start() { runs.start() }

  /// Senders may be gone: their numbers no longer come here for good.
  func sendersChanged() async throws {
    let settler = settler
    guard try await !settler.database.read({ try $0.senderlessInterceptions() }).isEmpty else { return }
    let now = settler.clock.now
    let numbers = try await settler.database.write { connection in
      let numbers = try connection.senderlessInterceptions()
      for number in numbers { try connection.endPermanentInterception(phoneNumber: number, now: now) }
      return numbers
    }
    settler.log.notice("interceptions.senders_gone", ["numbers": .int(numbers.count)])
    wake()
  }

  /// Something may be due.
  func wake() { runs.wake() }

  func stop() async { await runs.stop() }

  /// What `/readyz` says of numbers that are not back where they should be; nil when there are none.
  func problem() async -> String? {
    let (now, account) = (settler.clock.now, settler.carrier?.accountSID)
    let rows: [InterceptionRow]
    do {
      rows = try await settler.database.read {
        try $0.overdueInterceptions(now: now, carrierAccount: account, limit: 1_000)
      }
    } catch {
      return "the journal cannot be read: \(error)"
    }
    let numbers = Set(rows.map(\.phoneNumber)).sorted()
    guard !numbers.isEmpty else { return nil }
    let shown = numbers.prefix(10).map { "…" + $0.suffix(4) }.joined(separator: ", ")
    let others = numbers.count > 10 ? " and others" : ""
    var text = "\(numbers.count) \(numbers.count == 1 ? "number is" : "numbers are") still switched: \(shown)\(others)"
    for gone in Set(rows.compactMap(\.carrierAccount)).subtracting([account].compactMap { $0 }).sorted().prefix(3) {
      let many = Set(rows.lazy.filter { $0.carrierAccount == gone }.map(\.phoneNumber)).count
      text += """
        ; \(many == 1 ? "one is" : "\(many) are") in the carrier account …\(gone.suffix(4)), which is no longer configured
        """
    }
    return text
  }

  /// Rows of one number one after the other, numbers side by side, those with sessions first.
  private func settleAll(_ rows: [InterceptionRow]) async {
    let grouped = Dictionary(grouping: rows, by: \.phoneNumber).values
    let numbers = grouped.filter { $0[0].kind == .session } + grouped.filter { $0[0].kind == .permanent }
    await withTaskGroup(of: Void.self) { group in
      for (index, rows) in numbers.enumerated() {
        if index >= Self.width { await group.next() }
        group.addTask {
          for row in rows where !Task.isCancelled { await self.settle(row) }
        }
      }
    }
  }

  private func settle(_ row: InterceptionRow) async {
    do {
      try await settler.settle(row.id)
    } catch {
      // The loop takes it up again: a start is not to fail for one row.
      settler.log.error("interception.not_settled", ["interception": .string(row.id), "error": .failure(error)])
    }
  }
}
