import CarrierAPI
import Store
import Telemetry
import Transport
import Workers

/// Asks the carrier for the recordings of calls of which nobody told: webhooks get lost.
final class CallLookups: Sendable {
  private static let concurrency = 16

  private let runs: DueRuns<String>
  private let webhooks: CarrierWebhooks

  init(_ webhooks: CarrierWebhooks, loop: EventLoop) {
    self.webhooks = webhooks
    let (journal, database) = (webhooks.journal, webhooks.database)
    runs = DueRuns(
      "lookups",
      DueRuns.Work(
        interrupted: "lookup.interrupted", notPostponed: "lookup.not_postponed", noun: "call",
        concurrency: Self.concurrency,
        find: {
          let now = journal.clock.now
          return try await database.read { connection in
            let due = try connection.dueCalls(now: now, limit: 2 * Self.concurrency)
            return (due.map { DueRuns.Due(id: $0.callSID) }, try connection.nextCallDue(after: now))
          }
        },
        perform: { try await Self.look($0, webhooks) },
        postpone: { sid in
          let due = journal.clock.now + journal.times.lookup
          try await database.write { try $0.execute("UPDATE calls SET due_at = ? WHERE call_sid = ?", due, sid) }
        }), loop: loop, clock: journal.clock, log: journal.log)
  }

  /// - Throws: `StoreError`.
  func start() async throws {
    let now = webhooks.journal.clock.now
    _ = try await webhooks.database.write { try $0.hurryCalls(now: now) }
    runs.start()
  }

  func wake() { runs.wake() }
  func stop() async { await runs.stop() }

  private static func look(_ sid: String, _ webhooks: CarrierWebhooks) async throws {
    let journal = webhooks.journal
    let number = try await webhooks.database.read { connection in
      try connection.call(sid).flatMap { try connection.verification($0.verificationID)?.phoneNumber }
    }
    var found: [CarrierRecording] = []
    var mayTalk = true
    do throws(CarrierFailure) {
      found = try await webhooks.carrier.recordings(ofCall: sid)
      // An answer of ours that got lost: then the call went on to the normal application, and has no recording.
      if found.isEmpty, let number { mayTalk = try await webhooks.carrier.hasLiveCall(to: number) }
    } catch {
      try Task.checkCancellation()
      journal.log.notice("lookup.failed", ["call": .string(sid), "error": .string(error.message)])
    }
    try await webhooks.database.write { [found, mayTalk] connection in
      guard let call = try connection.call(sid), call.isWaiting else { return }
      let now = journal.clock.now
      if let recording = found.first(where: { $0.status == "completed" }) {
        try webhooks.announce(recording.sid, of: call, connection)
      } else if mayTalk, now < call.createdAt + journal.times.recording {
        try connection.execute("UPDATE calls SET due_at = ? WHERE call_sid = ?", now + journal.times.lookup, sid)
      } else if call.lookups + 1 >= journal.times.lookups {
        try webhooks.nothing(of: call, connection)
      } else {
        try connection.execute(
          "UPDATE calls SET lookups = lookups + 1, due_at = ? WHERE call_sid = ?",
          now + (journal.times.lookup << Int64(call.lookups)), sid)
      }
    }
  }
}
