import CarrierAPI
import Contracts
import Store
import Telemetry

/// Has the carrier forget the recordings that are here or that nobody needs, and keeps at it for a day.
struct RecordingDeletion: Sendable {
  let database: Database
  let carrier: CarrierRecordings
  let measures: RecordingMeasures
  let times: RecordingTimes
  let clock: WallClock
  let log: Log

  func run(_ id: RecordingID) async throws {
    guard let copy = try await database.read({ try $0.carrierCopy(id) }), copy.deleteAt <= clock.now else { return }
    do throws(CarrierFailure) {
      try await carrier.delete(copy.recordingSID)
    } catch {
      try Task.checkCancellation()
      return try await failed(copy, error)
    }
    try await database.write { connection in
      try connection.execute(
        "UPDATE recordings SET is_at_carrier = 0, delete_at = NULL WHERE id = ?", id.text)
    }
    log.info("recording.deleted_at_carrier", ["recording": .string(id.text), "failures": .int(copy.deletions)])
  }

  private func failed(_ copy: CarrierCopy, _ failure: CarrierFailure) async throws {
    let now = clock.now
    let isGivenUp = now - copy.createdAt >= times.deleting
    let next = isGivenUp ? nil : now + times.pause(afterDeletions: copy.deletions)
    try await database.write { connection in
      try connection.execute(
        "UPDATE recordings SET deletions = deletions + 1, delete_at = ? WHERE id = ? AND is_at_carrier = 1", next,
        copy.id.text)
    }
    guard isGivenUp else {
      return log.info(
        "recording.not_deleted_at_carrier",
        [
          "recording": .string(copy.id.text), "tries": .int(copy.deletions + 1), "error": .string(failure.message),
        ])
    }
    measures.leftAtCarrier()
    log.error(
      "recording.left_at_carrier",
      [
        "recording": .string(copy.id.text), "recording_sid": .string(copy.recordingSID),
        "error": .string(failure.message),
      ])
  }
}

/// A recording that the carrier still has and should not.
struct CarrierCopy: Sendable {
  let id: RecordingID
  let recordingSID: String
  let deleteAt: Int64
  /// Tries that failed.
  let deletions: Int
  let createdAt: Int64
}

extension Connection {
  fileprivate func carrierCopy(_ id: RecordingID) throws -> CarrierCopy? {
    try first(
      """
      SELECT recording_sid, delete_at, deletions, created_at FROM recordings
      WHERE id = ? AND is_at_carrier = 1 AND delete_at IS NOT NULL
      """, id.text
    ) { row in
      CarrierCopy(
        id: id, recordingSID: try row.text(0), deleteAt: try row.int64(1), deletions: try row.int(2),
        createdAt: try row.int64(3))
    }
  }

  /// Recordings that the carrier should forget at `now`, longest due first.
  func dueDeletions(now: Int64, limit: Int) throws -> [RecordingID] {
    try all(
      """
      SELECT id FROM recordings
      WHERE is_at_carrier = 1 AND delete_at <= ?
      ORDER BY delete_at
      LIMIT ?
      """, now, limit
    ) { RecordingID(trusted: try $0.text(0)) }
  }

  /// The next moment after `now` at which one is due.
  func nextDeletionDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(delete_at) FROM recordings WHERE is_at_carrier = 1 AND delete_at > ?", now) {
      try $0.optionalInt64(0)
    } ?? nil
  }
}
