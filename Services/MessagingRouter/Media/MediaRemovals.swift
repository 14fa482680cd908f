import Contracts
import Crypto
import GraphAPI
import Store
import Telemetry
import Transport
import Workers

/// Has Meta remove copies of uploads, again and again until it has, or drops them by itself.
struct MediaRemovals: Sendable {
  /// Removals at the same time, and the wait while a number has no token, in milliseconds.
  private static let concurrency = 2
  private static let patience: Int64 = 3_600_000

  private struct Copy: Sendable {
    var metaMediaID: String
    var phoneNumberID: String
    var attempts: Int
    var endsAt: Int64
    var access: (sender: String, sealed: String)?
  }

  private let runs: DueRuns<Int64>

  init(
    database: Database, graph: GraphClient, keyring: SealingKeyring, times: MediaTimes, loop: EventLoop,
    clock: WallClock, log: Log
  ) {
    let work = DueRuns<Int64>.Work(
      interrupted: "media_removal.interrupted", notPostponed: "media_removal.not_postponed", noun: "removal",
      concurrency: Self.concurrency,
      find: {
        let now = clock.now
        return try await database.read { connection in
          let due = try connection.all(
            "SELECT id FROM media_removals WHERE due_at <= ? ORDER BY due_at LIMIT ?", now, 2 * Self.concurrency
          ) { DueRuns<Int64>.Due(id: try $0.int64(0)) }
          let next = try connection.first("SELECT min(due_at) FROM media_removals WHERE due_at > ?", now) {
            try $0.optionalInt64(0)
          }
          return (due, next ?? nil)
        }
      },
      perform: { id in
        let now = clock.now
        guard let copy = try await database.read({ try Self.find(id, $0) }) else { return }
        let wait = try await Self.remove(copy, graph, keyring, times, log)
        try await database.write { connection in
          if let wait, now + wait < copy.endsAt {
            try connection.execute(
              "UPDATE media_removals SET attempts = attempts + 1, due_at = ? WHERE id = ?", now + wait, id)
          } else {
            try connection.execute("DELETE FROM media_removals WHERE id = ?", id)
          }
        }
      },
      postpone: { id in
        let due = clock.now + times.interrupted
        try await database.write { try $0.execute("UPDATE media_removals SET due_at = ? WHERE id = ?", due, id) }
      })
    runs = DueRuns("media removals", work, loop: loop, clock: clock, log: log)
  }

  func start() { runs.start() }
  func wake() { runs.wake() }
  func stop() async { await runs.stop() }

  /// Nil when it is gone; else how long to wait for the next try.
  private static func remove(
    _ copy: Copy, _ graph: GraphClient, _ keyring: SealingKeyring, _ times: MediaTimes, _ log: Log
  ) async throws -> Int64? {
    guard let access = copy.access else { return patience }
    let token = try keyring.open(access.sealed, binding: SenderReplica.tokenBinding(access.sender))
    do throws(GraphFailure) {
      try await graph.deleteMedia(copy.metaMediaID, phoneNumberID: copy.phoneNumberID, token: token)
      return nil
    } catch {
      try Task.checkCancellation()
      // Meta does not have it any more.
      if case .answered(let answer) = error, answer.httpStatus == 404 || answer.code == 100 && answer.subcode == 33 {
        return nil
      }
      log.info("media.not_removed", ["tries": .int(copy.attempts + 1), "error": .string(error.message)])
      return times.pause(afterTries: copy.attempts)
    }
  }

  private static func find(_ id: Int64, _ connection: Connection) throws -> Copy? {
    try connection.first(
      """
      SELECT r.meta_media_id, r.phone_number_id, r.attempts, r.ends_at, s.sender_id, s.access_token
      FROM media_removals r
      LEFT JOIN replica_senders s ON s.phone_number_id = r.phone_number_id AND s.access_token IS NOT NULL
      WHERE r.id = ?
      """, id
    ) { row in
      var copy = Copy(
        metaMediaID: try row.text(0), phoneNumberID: try row.text(1), attempts: try row.int(2),
        endsAt: try row.int64(3))
      if let sender = try row.optionalText(4), let sealed = try row.optionalText(5) { copy.access = (sender, sealed) }
      return copy
    }
  }
}
