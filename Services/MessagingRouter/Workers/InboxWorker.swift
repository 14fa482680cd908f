import Store
import Telemetry
import Transport

/// Turns stored webhook bodies into messages and statuses, each in a lane of its own. One bad update never costs the
/// others, and one lane never holds up the other.
final class InboxWorker: Sendable {
  private let lanes: [InboxLoop]

  /// `onInbound` is told how many messages each number, by Meta's id, has received; `onStored` is called after a commit
  /// that may have left work for the other loops, `onRemoved` when a message has lost its media in it.
  init(
    keywords: OptOutKeywords, database: Database, loop: EventLoop, clock: WallClock, log: Log, metrics: Metrics,
    onInbound: @escaping @Sendable ([String: Int]) -> Void = { _ in },
    onRemoved: @escaping @Sendable () -> Void = {}, onStored: @escaping @Sendable () -> Void
  ) {
    let counters = Dictionary(
      uniqueKeysWithValues: UpdateOutcome.allCases.map { outcome in
        (
          outcome,
          metrics.counter(
            "wss_router_updates_total", "Updates of Meta's webhooks by outcome.", labels: ["outcome": outcome.rawValue])
        )
      })
    let parts = InboxParts()
    lanes = InboxLane.allCases.map { lane in
      InboxLoop(
        lane, parts: parts, keywords: keywords, database: database, loop: loop, clock: clock, log: log,
        onInbound: onInbound
      ) { outcomes in
        for outcome in outcomes { counters[outcome]?.increment() }
        let poison = outcomes.count { $0 == .poison }
        if poison > 0 { log.error("inbox.poison", ["updates": .int(poison)]) }
        if outcomes.contains(.removed) { onRemoved() }
        onStored()
      }
    }
  }

  func start() { for lane in lanes { lane.start() } }
  func wake() { for lane in lanes { lane.wake() } }
  func stop() async { for lane in lanes { await lane.stop() } }

  /// The replica changed: bodies about numbers that were unknown may be known now.
  func replicaChanged() { for lane in lanes { lane.replicaChanged() } }
}
