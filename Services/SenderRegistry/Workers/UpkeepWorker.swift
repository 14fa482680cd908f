import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Once in a while: says which senders wait too long, ends notices that are over, forgets old events, measures the
/// oldest reading.
final class UpkeepWorker: Sendable {
  /// Rows of one kind worked on in one write.
  private static let portion = 200

  private let database: Database
  private let settings: PollSettings
  private let notifier: ChangeNotifier
  private let clock: WallClock
  private let log: Log
  private let oldestRead: Gauge
  private let period: Int64
  private let work: WorkLoop

  init(
    database: Database, settings: PollSettings, notifier: ChangeNotifier, loop: EventLoop, clock: WallClock, log: Log,
    metrics: Metrics
  ) {
    self.database = database
    self.settings = settings
    self.notifier = notifier
    self.clock = clock
    self.log = log
    // Looked at often enough that nothing is late by more than a few percent.
    period = min(60_000, max(10, settings.pendingWarnAfter / 20))
    oldestRead = metrics.gauge(
      "wss_registry_oldest_read_seconds", "Age of the oldest reading among the numbers that are read.")
    let box = TurnBox()
    work = WorkLoop("upkeep", loop: loop, clock: clock, log: log) { try await box.turn() }
    box.set { [weak self] in try await self?.turn() ?? .idle }
  }

  func start() { work.start() }
  func wake() { work.wake() }
  func stop() async { await work.stop() }

  private func turn() async throws -> WorkLoop.Next {
    let now = clock.now
    try await markLongWaits(now: now)
    try await endNotices(now: now)
    let cutoff = now - settings.eventsKeep
    let pruned = try await database.write(.background) { try $0.prune(before: cutoff, limit: Self.portion) }
    let oldest = try await database.read { try $0.oldestRead() }
    oldestRead.set(Double(max(0, now - (oldest ?? now))) / 1_000)
    return pruned >= Self.portion ? .again : .at(now + period)
  }

  private func markLongWaits(now: Int64) async throws {
    var last = ""
    while true {
      let (page, late) = try await database.read { [last, settings] connection -> ([SenderID], [SenderID]) in
        let page = try connection.unfinishedSenders(after: last, limit: Self.portion)
        return (page, try page.filter { try connection.lateReason($0, settings, now: now) != nil })
      }
      if !late.isEmpty {
        try await database.write { [settings, notifier] connection in
          for id in late {
            // Looked at again: the step may have come meanwhile.
            guard let reason = try connection.lateReason(id, settings, now: now) else { continue }
            do { try connection.apply(.waitedTooLong(reason), to: id, now: now) } catch is SenderRefusal {}
          }
          connection.afterCommit { notifier.announce() }
        }
        log.notice("senders.wait_long", ["senders": .int(late.count)])
      }
      guard page.count == Self.portion, let id = page.last else { return }
      last = id.text
    }
  }

  private func endNotices(now: Int64) async throws {
    let ended = try await database.read { try $0.endedNotices(now: now, limit: Self.portion) }
    if ended.isEmpty { return }
    try await database.write { [notifier] connection in
      for id in ended { try connection.refreshWarnings(of: id, now: now) }
      connection.afterCommit { notifier.announce() }
    }
  }
}

extension Connection {
  /// The reason to add to a sender that has waited, or connected, for too long; nil when it has not, or says so already.
  func lateReason(_ id: SenderID, _ settings: PollSettings, now: Int64) throws -> SenderReason? {
    guard let sender = try sender(id), let since = try statusSince(id), now - since >= settings.pendingWarnAfter
    else { return nil }
    let limit = WaitingTime.words(settings.pendingWarnAfter)
    let moment = Timestamp(milliseconds: since)
    switch sender.condition.status {
    case .pending:
      let others = sender.condition.reasons.filter { $0.code != SenderReason.pendingTooLongCode }
      guard others.count == sender.condition.reasons.count else { return nil }
      return .pendingTooLong(step: others.first ?? .signupNeeded, since: moment, limit: limit)
    case .connecting:
      if sender.condition.has(SenderReason.connectingTooLongCode) { return nil }
      return .connectingTooLong(step: try runningStep(of: id), since: moment, limit: limit)
    default:
      return nil
    }
  }

  /// The step that the newest attempt is at.
  private func runningStep(of id: SenderID) throws -> OnboardingStep.Name? {
    guard let onboarding = try onboarding(id) else { return nil }
    let steps = try steps(id, attempt: onboarding.attempt)
    return steps.first { $0.state == .started || $0.state == .waiting }?.name
  }
}
