import Contracts
import Store
import Telemetry
import Transport
import Workers

/// Fetches what customers sent, as soon as it is noted, several at the same time.
struct MediaFetcher: Sendable {
  private let fetches: DueRuns<MediaID>

  init(_ fetch: MediaFetch, loop: EventLoop) {
    let concurrency = fetch.settings.concurrency
    // What one account was sent must not keep another's waiting.
    let share = Self.share(of: concurrency)
    let work = DueRuns<MediaID>.Work(
      interrupted: "media.interrupted", notPostponed: "media.not_postponed", noun: "media", concurrency: concurrency,
      perGroup: share,
      find: {
        let now = fetch.clock.now
        return try await fetch.database.read { connection in
          let due = try connection.dueMedia(now: now, share: share, limit: 2 * concurrency)
          return (
            due.map { DueRuns<MediaID>.Due(id: $0.id, group: $0.account) }, try connection.nextMediaDue(after: now)
          )
        }
      },
      perform: { try await fetch.run($0) },
      postpone: { id in
        let due = fetch.clock.now + fetch.times.interrupted
        try await fetch.database.write { connection in
          try connection.execute("UPDATE media SET due_at = ? WHERE id = ? AND due_at IS NOT NULL", due, id.text)
        }
      })
    fetches = DueRuns("media fetches", work, loop: loop, clock: fetch.clock, log: fetch.log)
  }

  /// Fetches that one account may have under way: half of all, so that there is always room for another's.
  static func share(of concurrency: Int) -> Int { max(1, concurrency / 2) }

  /// What the last life left undone is due at once.
  func start() { fetches.start() }
  func wake() { fetches.wake() }
  func stop() async { await fetches.stop() }
}
